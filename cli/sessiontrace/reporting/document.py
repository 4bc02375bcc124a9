"""The document of `analyze`: which reports it holds, and in which order."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from sessiontrace.catalog import queries_root
from sessiontrace.render.analysis.blocks import Note, Part
from sessiontrace.render.types import Analysis
from sessiontrace.reporting import (
    anti_patterns,
    by_attribute,
    context,
    differences,
    dropoff,
    end_states,
    inputs,
    journeys,
    quality,
    sessions,
    traces,
)
from sessiontrace.reporting.masking import is_personal, masked
from sessiontrace.reporting.meta import meta
from sessiontrace.reporting.rows import Rows
from sessiontrace.reporting.run import Arranged, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sessiontrace.catalog import Catalog
    from sessiontrace.render.types import Table
    from sessiontrace.workspace import Workspace


def _hidden(_: Run) -> Arranged:
    """Return a section whose rows are in JSON and CSV, and in the words of another section."""
    return Arranged(())


@dataclass(frozen=True, slots=True)
class _Section:
    """A section: its name in JSON, its report, its title, and who arranges it."""

    name: str
    report: str
    title: str
    arrange: Callable[[Run], Arranged]


_BY = _Section("by", "by_attribute", "By attribute", by_attribute.arrange)
_SECTIONS = (
    _Section("input", "input", "Input", inputs.arrange),
    _Section("sampling", "sampling", "Sampling", _hidden),
    _Section("sessions", "session_length", "Sessions", sessions.arrange),
    _Section("traces", "trace_length", "Traces", traces.arrange),
    _BY,
    _Section("end_states", "end_states", "How sessions end", end_states.arrange),
    _Section("dropoff", "dropoff_points", "Where they drop off", dropoff.arrange),
    _Section("journeys", "journey_stages", "Journeys", journeys.arrange),
    _Section("context", "context_pressure", "Context window", context.arrange),
    _Section("quality", "quality", "Quality", quality.arrange),
    _Section("differences", "differences", "Dropped against succeeded", differences.arrange),
    _Section("anti_patterns", "anti_patterns", "Anti-patterns", anti_patterns.arrange),
)
_NEEDS_SESSIONS = frozenset(
    {"by", "end_states", "dropoff", "journeys", "context", "quality", "differences"}
)


def tables_read(catalog: Catalog) -> frozenset[str]:
    """Return the tables that the reports of an analysis read; it needs no other built."""
    return frozenset().union(
        *(catalog.references(catalog.report(section.report)) for section in _SECTIONS)
    )


def analysis(
    workspace: Workspace,
    paths: Sequence[str],
    *,
    by: str | None = None,
    timezone: str = "UTC",
    options: Sequence[str] = (),
) -> Analysis:
    """Run the reports of an analysis over the selected sessions.

    Args:
        workspace: the open store, with its selection.
        paths: as they were given.
        by: an attribute to compare.
        timezone: in which times are shown to people.
        options: the other options as they were given, for the commands that show more.
    """
    wanted = [each for each in _SECTIONS if by is not None or each is not _BY]
    tables = {each.name: _table(workspace, each, by) for each in wanted}
    run = Run(
        rows={name: Rows(table) for name, table in tables.items()},
        arguments=(*paths, *options),
        timezone=timezone,
        by=by,
        several=0 if by is None else workspace.group_by(by),
        fixes=_fixes(),
    )
    tool = {"name": "sessiontrace", "version": version("sessiontrace")}
    return Analysis(
        sections=tuple(_part(each, run, tables[each.name]) for each in wanted),
        meta=meta(workspace, paths, by=by, timezone=timezone, tool=tool),
        tool=tool,
    )


def _table(workspace: Workspace, section: _Section, by: str | None) -> Table:
    if section is not _BY:
        return masked(workspace.report(section.report))
    is_hidden = by is not None and is_personal(workspace, by)
    return masked(workspace.report(section.report, by=by), also=("value",) if is_hidden else ())


def _part(section: _Section, run: Run, table: Table) -> Part:
    arranged = section.arrange(run)
    if section.name in _NEEDS_SESSIONS and _has_no_sessions(run):
        arranged = Arranged(())
    parameters = (f"by={run.by}",) if section is _BY else ()
    return Part(
        name=section.name,
        title=section.title,
        table=table,
        notes=tuple(each.text for each in arranged.blocks if isinstance(each, Note)),
        more=" ".join(run.command(section.report, *parameters)),
        heading=arranged.heading,
        blocks=arranged.blocks,
    )


def _has_no_sessions(run: Run) -> bool:
    return not any(each.count("n") for each in run.rows["sessions"].all(measure="sessions"))


def _fixes() -> dict[str, dict[str, str]]:
    text = (queries_root() / "registry" / "session_fixes.toml").read_text("utf-8")
    found: dict[str, dict[str, str]] = tomllib.loads(text)
    return found
