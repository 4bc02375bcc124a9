"""What the numbers depend on, for programs and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.values import duration, rfc3339
from sessiontrace.reporting.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sessiontrace.workspace import Workspace

_MOST_PATHS = 2


def meta(
    workspace: Workspace,
    paths: Sequence[str],
    *,
    by: str | None,
    timezone: str,
    tool: Mapping[str, str],
) -> dict[str, object]:
    """Return settings and filters; `summary` is the line that people read."""
    settings, selection = workspace.settings, workspace.selection
    horizon = settings["horizon_ns"]
    found: dict[str, object] = {
        "paths": list(paths),
        "horizon": None if horizon is None else rfc3339(horizon),
        "idle_ms": settings["idle_ns"] // 10**6,
        "is_complete": settings["is_complete"],
        "goal": settings["goal_kind"]
        and " = ".join(filter(None, (settings["goal_kind"], settings["goal_name"]))),
        "since": None if selection.since_ns is None else rfc3339(selection.since_ns),
        "until": None if selection.until_ns is None else rfc3339(selection.until_ns),
        "where": selection.where,
        "services": list(selection.services),
        "environments": list(selection.environments),
        "by": by,
        "timezone": timezone,
    }
    run = Run({}, (), timezone)
    first, last = _range(workspace)
    found["first_span"] = None if first is None else rfc3339(first)
    found["last_span"] = None if last is None else rfc3339(last)
    found["summary"] = [
        f"{tool['name']} {tool['version']}",
        _paths(paths),
        *_times(run, first, found, horizon),
        f"idle {duration(settings['idle_ns'] / 1e6).replace(' 00 s', '')}",
        *([f"goal {found['goal']}"] if found["goal"] else []),
        *_filters(run, workspace),
    ]
    return found


def _paths(paths: Sequence[str]) -> str:
    rest = len(paths) - _MOST_PATHS
    return f"{', '.join(paths[:_MOST_PATHS])}{f' and {rest} more paths' if rest > 0 else ''}"


def _range(workspace: Workspace) -> tuple[int | None, int | None]:
    statement = "select min(start_unix_ns), max(end_unix_ns) from spans"
    first, last = workspace.rows(statement)[0]
    return first, last


def _times(
    run: Run, first: int | None, found: Mapping[str, object], horizon: int | None
) -> list[str]:
    if horizon is None or first is None:
        return [f"no horizon, times in {run.timezone}"]
    complete = ", taken as complete" if found["is_complete"] else ""
    begin, end = run.moment(first)[:16], run.moment(horizon)[:16]
    return [f"from {begin} to the horizon {end} {run.timezone}{complete}"]


def _filters(run: Run, workspace: Workspace) -> list[str]:
    selection = workspace.selection
    words = []
    if selection.since_ns is not None:
        words.append(f"sessions from {run.moment(selection.since_ns)}")
    if selection.until_ns is not None:
        words.append(f"sessions before {run.moment(selection.until_ns)}")
    if selection.where is not None:
        words.append(f"where {selection.where}")
    for name, values in (
        ("service", selection.services),
        ("environment", selection.environments),
    ):
        if values:
            words.append(f"{name} {' or '.join(values)}")
    return words or ["all sessions"]
