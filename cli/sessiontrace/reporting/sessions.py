"""How many sessions there are and how long they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Grid, Head, Note
from sessiontrace.render.values import MISSING
from sessiontrace.reporting.run import Arranged

if TYPE_CHECKING:
    from sessiontrace.render.analysis.blocks import Block
    from sessiontrace.reporting.rows import Item, Rows
    from sessiontrace.reporting.run import Run

SPREAD = ("n", "p50", "p90", "p99", "max")
HEADS = (Head("", is_text=True), *map(Head, SPREAD))
_MEASURES = {
    "turns": "turns",
    "wall time": "wall time",
    "active time": "active time",
    "model calls": "model calls",
    "tool calls": "tool calls",
    "total tokens": "tokens",
    "cost": "cost",
}
_KEYS = {
    "total tokens": "unknown: set gen_ai.usage.input_tokens and gen_ai.usage.output_tokens",
    "cost": "unknown: set gen_ai.usage.cost",
}


NO_ID = "none: no span carries a session id"


def has_no_ids(run: Run) -> bool:
    """Tell whether the export names no session at all, whatever the filters select."""
    missing = run.rows["input"].first(measure="session of a span", item="missing")
    return missing is not None and missing["k"] == missing["n"]


def arrange(run: Run) -> Arranged:
    """Counts beside the title, one row per measure, inferred sessions apart."""
    rows = run.rows["sessions"]
    counted = [each for each in rows.all(measure="sessions") if each.count("n")]
    if not counted:
        text = "none: the filters leave out every session"
        return Arranged((Facts((NO_ID if has_no_ids(run) else text,)),))
    origins = [str(each["origin"]) for each in counted]
    main = "declared" if "declared" in origins else origins[0]
    blocks: list[Block] = [Facts(_counts(rows, main)), _lengths(run, rows, main)]
    if main == "declared" and "inferred" in origins:
        blocks.append(Note(_inferred(rows)))
    return Arranged(tuple(blocks))


def spread(item: Item, label: str) -> tuple[str, ...]:
    """Return a row of a table of lengths."""
    return (label, *(item.show(name) for name in SPREAD))


def _counts(rows: Rows, origin: str) -> tuple[str, ...]:
    sessions = rows.first(origin=origin, measure="sessions")
    users = rows.first(origin=origin, measure="users")
    one_turn = rows.first(origin=origin, measure="one-turn sessions")
    if sessions is None or users is None or one_turn is None:
        return ()
    kind = "inferred session" if origin == "inferred" else "session"
    count = sessions.count("k")
    facts = [f"{count:,} {kind}{'s' * (count != 1)}"]
    batch = sessions.count("n") - count
    if batch:
        facts.append(f"batch apart {batch:,}/{sessions.show('n')}")
    if users.count("k"):
        known = "" if users["k"] == users["n"] else f" (known in {users.fraction()} sessions)"
        plural = "s" * (users.number("total") != 1)
        facts.append(f"{users.show('total')} user{plural}{known}")
    else:
        facts.append(f"users unknown in {users.show('n')}/{users.show('n')}: set user.id")
    facts.append(f"one turn only {one_turn.estimate()}")
    return tuple(facts)


def _lengths(run: Run, rows: Rows, origin: str) -> Grid:
    sessions = rows.first(origin=origin, measure="sessions")
    whole = sessions.show("k") if sessions else MISSING
    lines: list[tuple[str, ...]] = []
    for measure, label in _MEASURES.items():
        item = rows.first(origin=origin, measure=measure)
        if item is None:
            continue
        if not item.count("n"):
            lines.append((label, f"0/{whole}", _KEYS.get(measure, "unknown")))
        else:
            lines.append(spread(item, label))
    return Grid(HEADS, tuple(lines), least=len(lines), more=run.command("session_length"))


def _inferred(rows: Rows) -> str:
    sessions = rows.first(origin="inferred", measure="sessions")
    parts = []
    for measure in ("turns", "wall time", "model calls"):
        item = rows.first(origin="inferred", measure=measure)
        if item is not None and item.count("n"):
            parts.append(
                f"{measure} p50 {item.show('p50')}, p90 {item.show('p90')}, "
                f"max {item.show('max')} (n {item.show('n')})"
            )
    count = sessions.show("k") if sessions else MISSING
    return f"apart from these, {count} inferred from user and time: {' · '.join(parts)}"
