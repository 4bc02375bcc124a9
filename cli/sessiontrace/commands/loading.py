"""What every command does that takes PATHs: parse the shared options, load, say what was read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sessiontrace import diagnostics
from sessiontrace.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from sessiontrace.catalog import Catalog
    from sessiontrace.ingest.loader import Source
    from sessiontrace.options import LoadOptions, Selection
    from sessiontrace.workspace import Workspace

# 30m, or what a store was built with.
DEFAULT_IDLE: str | None = None
DEFAULT_MEMORY = "1GB"

_MOST_NAMED = 3


def load_options(
    *,
    idle: str | None = DEFAULT_IDLE,
    until: str | None = None,
    complete: bool = False,
    goal: str | None = None,
    timezone: str = "UTC",
    alias: Sequence[str] | None = None,
    memory_limit: str = DEFAULT_MEMORY,
    threads: int | None = None,
    keep_content: bool = True,
    with_model: bool = True,
) -> LoadOptions:
    """Return the options of a load from their texts."""
    from sessiontrace.building import ModelSettings
    from sessiontrace.options import LoadOptions, parse_alias, parse_duration_ns, parse_time_ns
    from sessiontrace.steps import parse_goal
    from sessiontrace.store import Resources

    asked: dict[str, Any] = {}
    if idle is not None:
        asked["idle_ns"] = parse_duration_ns(idle)
    if until is not None:
        asked["until_ns"] = parse_time_ns(until, timezone)
    if complete:
        asked["is_complete"] = True
    if goal is not None:
        asked["goal"] = parse_goal(goal)
    return LoadOptions(
        settings=ModelSettings(**asked),
        asked=frozenset(asked),
        resources=Resources(threads, memory_limit),
        aliases=tuple(parse_alias(each) for each in alias or ()),
        keep_content=keep_content,
        with_model=with_model,
    )


def selection(
    *,
    since: str | None = None,
    until: str | None = None,
    where: str | None = None,
    service: Sequence[str] | None = None,
    environment: Sequence[str] | None = None,
    timezone: str = "UTC",
) -> Selection:
    """Return which sessions are asked for, from the texts of the options."""
    from sessiontrace.options import Selection, parse_time_ns
    from sessiontrace.selecting import check_form

    if where is not None:
        # A typing mistake should not cost the time of a load.
        check_form(where)
    return Selection(
        since_ns=None if since is None else parse_time_ns(since, timezone),
        until_ns=None if until is None else parse_time_ns(until, timezone),
        where=where,
        services=tuple(service or ()),
        environments=tuple(environment or ()),
    )


@contextmanager
def workspace(
    paths: Sequence[str],
    options: LoadOptions,
    *,
    catalog: Catalog | None = None,
    writable: Path | None = None,
    tables: Collection[str] | None = None,
) -> Iterator[Workspace]:
    """Open the paths with a progress bar, and say on stderr what was not read."""
    from sessiontrace.store import is_store
    from sessiontrace.workspace import input_bytes, opened

    known = any(is_store(path) for path in paths)
    total = None if known else input_bytes(paths) or None
    with diagnostics.progress("reading", total) as advance:
        context = opened(paths, options, advance, catalog=catalog, writable=writable, tables=tables)
        entered = context.__enter__()
    try:
        report_sources(entered.sources)
        for text in entered.notes:
            diagnostics.note(text)
        yield entered
    except BaseException as problem:
        if not context.__exit__(type(problem), problem, problem.__traceback__):
            raise
    else:
        context.__exit__(None, None, None)


def report_sources(sources: Sequence[Source]) -> None:
    """Warn of every file that gave nothing or not everything."""
    known = [source.path for source in sources if source.skipped_as_loaded]
    if len(known) <= _MOST_NAMED:
        for path in known:
            diagnostics.note(f"{path}: already in the store, skipped")
    else:
        diagnostics.note(f"{len(known)} files are already in the store, skipped")
    skipped = 0
    for source in sources:
        if source.skipped_as_loaded:
            continue
        if source.unreadable is not None:
            diagnostics.warning(f"{source.path}: left out, cannot be read: {source.unreadable}")
        elif source.is_left_out:
            skipped += 1
        elif source.damage is not None:
            diagnostics.warning(
                f"{source.path}: {source.damage}: {source.loaded} of {source.records} records and "
                f"{source.spans_seen - source.rejected_spans} spans; fetch the file again"
            )
        elif not source.spans_seen and source.bytes:
            diagnostics.warning(f"{source.path}: no spans; {_what_it_is(source)}")
        elif source.rejected or source.rejected_spans:
            diagnostics.warning(
                f"{source.path}: rejected {source.rejected} of {source.records} records and "
                f"{source.rejected_spans} of {source.spans_seen} spans; they are listed by: "
                'sessiontrace query "from rejects" PATH'
            )
    if skipped:
        files = "file that is" if skipped == 1 else "files that are"
        diagnostics.note(f"left out {skipped} {files} no export (documentation, scripts, tables)")


def what_was_read(sources: Sequence[Source]) -> str:
    """Spans and files of a load, without files that are no export or were there already."""
    read = [
        source
        for source in sources
        if not (source.skipped_as_loaded or source.is_left_out or source.unreadable)
    ]
    spans = sum(source.spans_seen - source.rejected_spans for source in read)
    return f"{_counted(spans, 'span')} from {_counted(len(read), 'file')}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def check_goal(opened: Workspace, goal: str | None) -> None:
    """Warn of a goal that nobody meets: every drop-off rate hangs on it, and a typo is likely."""
    if goal is not None and not opened.rows("select 1 from sessions where is_goal_met limit 1"):
        diagnostics.warning(
            f"--goal {goal!r}: no session meets it, and ending without it is dropping off; "
            'steps there are: query "select distinct kind, name from events"'
        )


def _what_it_is(source: Source) -> str:
    if source.looks_like is not None:
        return f"looks like {source.looks_like}; export OTLP/JSON instead"
    if source.other_signal:
        return f"{source.other_signal} records of logs or metrics; export the traces signal"
    if source.empty:
        return f"{source.empty} empty records"
    return "no OTLP/JSON; the Collector's file exporter writes it with format: json"


def exit_code(sources: Sequence[Source], *, strict: bool) -> ExitCode:
    """5 if --strict was given and something was rejected, else 0."""
    rejected = any(
        (source.rejected and not source.is_left_out) or source.rejected_spans for source in sources
    )
    return ExitCode.REJECTED if strict and rejected else ExitCode.OK
