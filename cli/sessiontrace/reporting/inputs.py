"""What was read, and what to know before believing the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Note
from sessiontrace.reporting.run import Arranged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sessiontrace.render.analysis.blocks import Block
    from sessiontrace.reporting.rows import Item, Rows
    from sessiontrace.reporting.run import Run

_MOST_CONVENTIONS = 6
_MOST_FIXES = 2
_MANY = 0.5  # of the spans; from there on, most spans do not say themselves where they belong
_ALWAYS = ("native", "inherited", "missing")


def arrange(run: Run) -> Arranged:
    """Counts, where session ids come from, conventions; then the warnings."""
    rows = run.rows["input"]
    blocks: list[Block] = [
        Facts(_counts(rows)),
        Facts(_origins(rows)),
        Facts((*_orphans(rows), *_conventions(rows))),
    ]
    return Arranged((*blocks, *_warnings(run, rows), *_side_tasks(rows)))


def _counts(rows: Rows) -> tuple[str, ...]:
    files, size = rows.first(measure="files with spans"), rows.first(measure="bytes")
    spans, traces = rows.first(measure="spans"), rows.first(measure="traces")
    facts = []
    if files is not None and size is not None:
        text = f"{files.show('n')} file{'s' * (files.count('n') != 1)}"
        if files["k"] != files["n"]:
            text = f"{files.fraction()} files with spans"
        facts.append(f"{text}, {size.show('value')}")
    if spans is not None and traces is not None:
        facts.append(f"{spans.show('value')} spans, {traces.show('value')} traces")
    return (*facts, *_losses(rows))


def _losses(rows: Rows) -> list[str]:
    records, spans = rows.first(measure="rejected records"), rows.first(measure="rejected spans")
    twice = rows.first(measure="duplicate spans")
    facts = []
    if records is not None and spans is not None:
        lost = spans.rate() if spans.count("k") else "0"
        facts.append(f"rejected {_share(records)} records, {lost} spans")
    if twice is not None and twice.count("k"):
        facts.append(f"duplicates {twice.rate()}")
    return facts


def _share(item: Item) -> str:
    return item.rate() if item.count("k") else item.fraction()


def _origins(rows: Rows) -> tuple[str, ...]:
    items = rows.all(measure="session of a span")
    if not items:
        return ()
    shown = [
        f"{each.show('item')} {each.show('k')}"
        + (f" ({each.show('share')})" if each.count("k") else "")
        for each in items
        if each.count("k") or each["item"] in _ALWAYS
    ]
    return (f"session id of {items[0].show('n')} spans: {shown[0]}", *shown[1:])


def _orphans(rows: Rows) -> tuple[str, ...]:
    item = rows.first(measure="orphan traces")
    return () if item is None else (f"orphans {_share(item)} traces",)


def _conventions(rows: Rows) -> tuple[str, ...]:
    items = rows.all(measure="spans by convention")
    if not items:
        return ()
    shown = [
        f"{'none known' if each['item'] is None else each.show('item')} {each.show('k')}"
        for each in items[:_MOST_CONVENTIONS]
    ]
    if len(items) > _MOST_CONVENTIONS:
        shown.append(f"{len(items) - _MOST_CONVENTIONS} more")
    return (f"conventions: {', '.join(shown)} of {items[0].show('n')} spans",)


def _warnings(run: Run, rows: Rows) -> list[Block]:
    texts = [*_sampled(run), *_no_sessions(run, rows), *_inferred(rows), *_times(rows)]
    inherited = rows.first(measure="session of a span", item="inherited")
    if inherited is not None and inherited.number("share") > _MANY:
        texts.append(
            f"{inherited.rate()} spans inherit their session id: a tool that reads spans one by "
            "one does not find it; set session.id on every span"
        )
    return [Note(text, is_warning=True) for text in texts]


def _sampled(run: Run) -> list[str]:
    """Sampled at the head, whole turns are missing; sampled at the tail, the ordinary ones are."""
    texts = []
    rows = run.rows["sampling"]
    for is_head, meaning in (
        (True, "turns are missing: lengths are lower bounds, and some sessions are not seen"),
        (False, "failed and slow traces are kept more often than others: rates are too high"),
    ):
        found = [each for each in rows if each["is_head"] is is_head]
        if found:
            sign = found[0]
            kept = "" if sign["kept_share"] is None else f", {sign.show('kept_share')} kept"
            more = f" and {len(found) - 1} more signs" if len(found) > 1 else ""
            texts.append(
                f"sampled export ({sign.show('sign')}{kept}, {sign.fraction()} traces{more}): "
                f"{meaning}"
            )
    return texts


def _no_sessions(run: Run, rows: Rows) -> list[str]:
    """Name the exact remedy for each producer of traces without a session."""
    missing = rows.first(measure="session of a span", item="missing")
    if missing is None or missing["k"] != missing["n"] or not missing.count("n"):
        return []
    fixes = run.fixes or {}
    texts = [f"no session id on any of {missing.show('n')} spans: figures below are per trace"]
    generic = fixes.get("otel", {})
    chosen: dict[str, str] = {}
    for each in rows.all(measure="traces without a session by scope"):
        scope = str(each["item"])
        for fix in fixes.values():
            if "scope" in fix and re.search(fix["scope"], scope):
                chosen.setdefault(fix["title"], _fix(fix, each))
    for each in rows.all(measure="traces without a session by convention"):
        fix = fixes.get(str(each["item"]), generic)
        chosen.setdefault(fix["title"], _fix(fix, each))
    if not chosen:
        chosen[generic["title"]] = _fix(generic, None)
    return [*texts, *list(chosen.values())[:_MOST_FIXES]]


def _fix(fix: Mapping[str, str], item: Item | None) -> str:
    seen = f" ({item.fraction()} traces)" if item is not None else ""
    return f"to set it, {fix['title']}{seen}: {fix['code']}"


def _inferred(rows: Rows) -> list[str]:
    item = rows.first(measure="traces in an inferred session")
    if item is None or not item.count("k"):
        return []
    return [f"{item.rate()} traces name no session: inferred from user and time, reported apart"]


def _times(rows: Rows) -> list[str]:
    item = rows.first(measure="spans that end before they start")
    if item is None or not item.count("k"):
        return []
    return [f"{item.rate()} spans end before they start or never: their durations are unknown"]


def _side_tasks(rows: Rows) -> list[Block]:
    items = rows.all(measure="traces left out as side tasks")
    if not items:
        return []
    shown = "; ".join(f"{each.show('item')} {each.fraction()}" for each in items)
    return [Note(f"traces left out, as side tasks and no turns: {shown}")]
