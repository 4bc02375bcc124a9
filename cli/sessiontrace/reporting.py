"""The document of `analyze`: which reports it holds, in which order, and what to say beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from sessiontrace.mask import mask_value
from sessiontrace.render.types import Analysis, Section, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sessiontrace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Part:
    """A section: its reports' name, its title, and what it is called in commands."""

    name: str
    report: str
    title: str


PARTS = (
    _Part("input", "input", "Input"),
    _Part("sessions", "session_length", "Sessions"),
    _Part("end_states", "end_states", "How sessions end"),
    _Part("dropoff", "dropoff_points", "Where they end"),
    _Part("journeys", "journey_stages", "Journeys"),
    _Part("context", "context_pressure", "Context window"),
    _Part("quality", "quality", "Quality"),
    _Part("differences", "differences", "Dropped against succeeded"),
    _Part("anti_patterns", "anti_patterns", "Anti-patterns"),
)
# Columns whose values came out of traces as they are.
_RAW_COLUMNS = frozenset({"example_value", "user_id"})


def analysis(workspace: Workspace, paths: Sequence[str], *, by: str | None = None) -> Analysis:
    """Run the reports of an analysis over the selected sessions."""
    source = " ".join(paths)
    sections = []
    for part in PARTS:
        table = masked(workspace.report(part.report))
        notes = _notes(workspace, part.name, table)
        sections.append(
            Section(
                name=part.name,
                title=part.title,
                table=table,
                notes=tuple(notes),
                more=f"sessiontrace report {part.report} {source}",
            )
        )
    if by is not None:
        several = workspace.group_by(by)
        table = masked(workspace.report("by_attribute", by=by))
        notes = [f"{several} sessions show more than one value; the first counts"] * bool(several)
        more = f"sessiontrace report by_attribute {source} --param by={by}"
        sections.insert(2, Section("by", f"By {by}", table, tuple(notes), more))
    return Analysis(
        sections=tuple(sections),
        meta=_meta(workspace, by),
        tool={"name": "sessiontrace", "version": version("sessiontrace")},
    )


def masked(table: Table) -> Table:
    """Return a table with values that may be personal masked by their shape."""
    at = [index for index, column in enumerate(table.columns) if column.name in _RAW_COLUMNS]
    if not at:
        return table
    rows = [
        tuple(
            mask_value(str(value)) if index in at and value is not None else value
            for index, value in enumerate(row)
        )
        for row in table.rows
    ]
    return replace(table, rows=rows)


def _meta(workspace: Workspace, by: str | None) -> dict[str, object]:
    settings = workspace.settings
    selection = workspace.selection
    horizon = settings["horizon_ns"]
    return {
        "horizon": None if horizon is None else _rfc3339(horizon),
        "idle_ms": settings["idle_ns"] // 10**6,
        "is_complete": settings["is_complete"],
        "goal": settings["goal_kind"]
        and " = ".join(filter(None, (settings["goal_kind"], settings["goal_name"]))),
        "since": None if selection.since_ns is None else _rfc3339(selection.since_ns),
        "until": None if selection.until_ns is None else _rfc3339(selection.until_ns),
        "where": selection.where,
        "services": list(selection.services),
        "environments": list(selection.environments),
        "by": by,
        "timezone": "UTC",
    }


def _rfc3339(unix_ns: int) -> str:
    moment = datetime.fromtimestamp(unix_ns // 10**9, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{unix_ns % 10**9:09d}Z"


def _notes(workspace: Workspace, name: str, table: Table) -> list[str]:
    if name == "input":
        return _input_notes(workspace)
    if name == "end_states":
        return _end_notes(workspace)
    return []


def _input_notes(workspace: Workspace) -> list[str]:
    return []


def _end_notes(workspace: Workspace) -> list[str]:
    return []
