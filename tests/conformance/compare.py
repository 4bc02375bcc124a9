"""One load as the product rebuilt it, and as the recount did: the same fields under one name.

The recount is plain Python that shares no code with the product (tests/oracle).
"""

from __future__ import annotations

import math
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.oracle.recount import recount

from sessiontrace.catalog import Catalog
from sessiontrace.errors import NothingReadableError
from sessiontrace.options import LoadOptions
from sessiontrace.store import Resources
from sessiontrace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

Load = dict[str, Any]

CATALOG = Catalog.load()
TABLES = ("sessions", "turns", "llm_calls", "tool_calls")
TOTALS = ("spans", "traces", "orphans", "llm_calls", "llm_calls_counted", "tool_calls")
SESSION_FIELDS = {
    "session_id": "sessions.session_id",
    "session_source": "session_source",
    "user_id": "user_id",
    "turns": "turns",
    "failed_turns": "failed_turns",
    "agent_runs": "agent_runs",
    "llm_calls": "llm_calls",
    "llm_calls_counted": "coalesce(calls.counted, 0)",
    "tool_calls": "tool_calls",
    "llm_errors": "coalesce(calls.failed, 0)",
    "tool_errors": "tool_errors",
    "errors": "errors",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "total_tokens": "total_tokens",
    "cached_input_tokens": "cached_input_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "cost_usd": "cost_usd",
    "traces": "traces",
    "conversations": "conversations",
    "start_unix_ns": "start_unix_ns",
    "end_unix_ns": "end_unix_ns",
    "wall_ms": "wall_ms",
    "active_ms": "coalesce(active_ms, 0)",
}
TURN_FIELDS = (
    *("trace_id", "session_id", "conversation_id", "user_id", "turn_index", "turn_number"),
    *("turn_number_declared", "start_unix_ns", "end_unix_ns", "is_error", "agent_runs"),
    *("llm_calls", "tool_calls", "tool_errors", "errors", "input_tokens", "output_tokens"),
    *("total_tokens", "cost_usd"),
)


def options(threads: int = 1) -> LoadOptions:
    """Return load options; one thread is fastest for a small file."""
    return LoadOptions(resources=Resources(threads=threads))


@cache
def product(path: Path) -> Load | None:
    """Return what the product makes of one file, or None if it can read nothing in it."""
    try:
        with Workspace.open([str(path)], options(), catalog=CATALOG, tables=TABLES) as workspace:
            return _load(workspace)
    except NothingReadableError:
        return None


@cache
def recounted(path: Path) -> Load | None:
    """Return what the recount makes of one file, or None if it can read nothing in it."""
    load = recount([path])["together"]
    if not load["spans"]:
        return None
    return {
        **{name: load[name] for name in ("spans", "traces", "tool_calls")},
        "orphans": len(load["orphans"]),
        "llm_calls": load["llm_calls"]["total"],
        "llm_calls_counted": load["llm_calls"]["counted"],
        "sessions": {row["session_id"]: row for row in load["sessions"]},
        "turns": [{name: row[name] for name in TURN_FIELDS} for row in load["turns"]],
    }


def differences(path: Path) -> list[str]:
    """Return what product and recount disagree about, one line each."""
    ours, theirs = product(path), recounted(path)
    if ours is None or theirs is None:
        return [] if ours is theirs else [f"product {_said(ours)}, recount {_said(theirs)}"]
    found = [
        f"{name}: {ours[name]}, recounted {theirs[name]}"
        for name in TOTALS
        if ours[name] != theirs[name]
    ]
    return found + _of_sessions(ours["sessions"], theirs["sessions"]) + _of_turns(ours, theirs)


def _said(load: Load | None) -> str:
    return "reads nothing" if load is None else f"reads {load['spans']} spans"


def _of_sessions(ours: dict[str, Load], theirs: dict[str, Load]) -> list[str]:
    found = [f"session {name} on one side only" for name in sorted(ours.keys() ^ theirs.keys())]
    return found + [
        f"session {name}, {field}: {row[field]}, recounted {theirs[name][field]}"
        for name, row in sorted(ours.items())
        if name in theirs
        for field in SESSION_FIELDS
        if not _is_equal(row[field], theirs[name][field])
    ]


def _of_turns(ours: Load, theirs: Load) -> list[str]:
    left, right = (sorted(load["turns"], key=_turn_order) for load in (ours, theirs))
    if len(left) != len(right):
        return [f"{len(left)} turns, recounted {len(right)}"]
    return [
        f"turn {mine['turn_index']} of {mine['trace_id']}, {field}: {mine[field]}, "
        f"recounted {other[field]}"
        for mine, other in zip(left, right, strict=True)
        for field in TURN_FIELDS
        if not _is_equal(mine[field], other[field])
    ]


def _turn_order(turn: Load) -> tuple[Any, ...]:
    return (turn["trace_id"], turn["start_unix_ns"], turn["end_unix_ns"], turn["turn_index"] or 0)


def _is_equal(mine: object, other: object) -> bool:
    if isinstance(mine, float | Decimal) and isinstance(other, float | int):
        return math.isclose(mine, other, rel_tol=1e-12, abs_tol=1e-9)
    return mine == other


def _load(workspace: Workspace) -> Load:
    totals = workspace.rows(
        """
        select
            (select count(*) from spans),
            (select count(distinct trace_id) from spans),
            (select count(*) from (
                select trace_id from spans group by trace_id having count(session_id) = 0
            ) as orphans),
            (select count(*) from llm_calls),
            (select count(*) from llm_calls where is_counted),
            (select count(*) from tool_calls)
        """
    )[0]
    sessions = workspace.rows(
        f"""
        with calls as (
            select
                session_id,
                count(*) filter (where is_counted) as counted,
                count(*) filter (where is_error) as failed
            from llm_calls
            group by session_id
        )
        select {", ".join(SESSION_FIELDS.values())}
        from sessions left join calls on sessions.session_id = calls.session_id
        """
    )
    turns = workspace.rows(f"select {', '.join(TURN_FIELDS)} from turns")
    return {
        **dict(zip(TOTALS, totals, strict=True)),
        "sessions": {row[0]: dict(zip(SESSION_FIELDS, row, strict=True)) for row in sessions},
        "turns": [dict(zip(TURN_FIELDS, row, strict=True)) for row in turns],
    }
