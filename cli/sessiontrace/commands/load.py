"""`sessiontrace load`: keep a store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sessiontrace.commands.loading import DEFAULT_IDLE, DEFAULT_MEMORY
from sessiontrace.commands.options import (
    AliasOption,
    CompleteOption,
    ExportsArgument,
    GoalOption,
    HorizonOption,
    IdleOption,
    MemoryOption,
    QuietOption,
    StrictOption,
    ThreadsOption,
    TimezoneOption,
)


def load(
    paths: ExportsArgument,
    db: Annotated[Path, typer.Option("--db", metavar="FILE", help="The store to write.")],
    append: Annotated[
        bool, typer.Option("--append", help="Add to the store; what it holds counts once.")
    ] = False,
    no_content: Annotated[
        bool,
        typer.Option("--no-content", help="Keep lengths of prompts and answers, not the text."),
    ] = False,
    no_model: Annotated[
        bool,
        typer.Option(
            "--no-model", help="Only the spans with their attributes; the model when it is asked."
        ),
    ] = False,
    idle: IdleOption = DEFAULT_IDLE,
    until: HorizonOption = None,
    complete: CompleteOption = False,
    goal: GoalOption = None,
    timezone: TimezoneOption = "UTC",
    alias: AliasOption = None,
    memory_limit: MemoryOption = DEFAULT_MEMORY,
    threads: ThreadsOption = None,
    strict: StrictOption = False,
    quiet: QuietOption = False,
) -> int:
    """Load exports into a store file and rebuild the model in it.

    The file is replaced at once when everything is in it. It holds raw values, prompts included;
    --no-content leaves out what people, models and tools said and keeps KEY.length instead.

    \b
    Examples:
      sessiontrace load exports/ --db traces.duckdb
      sessiontrace load new.jsonl.gz --db traces.duckdb --append
    """
    from sessiontrace import diagnostics
    from sessiontrace.commands.loading import exit_code, load_options, report_sources, what_was_read
    from sessiontrace.filling import input_bytes, load_store

    options = load_options(
        idle=idle,
        until=until,
        complete=complete,
        goal=goal,
        timezone=timezone,
        alias=alias,
        memory_limit=memory_limit,
        threads=threads,
        keep_content=not no_content,
        with_model=not no_model,
    )
    with diagnostics.progress("loading", input_bytes(paths) or None) as advance:
        sources = load_store(paths, db, options, append=append, progress=advance)
    report_sources(sources)
    holds = "ids and names, no content" if no_content else "raw values"
    diagnostics.note(f"{db}: {what_was_read(sources)}; it holds {holds}")
    return exit_code(sources, strict=strict)
