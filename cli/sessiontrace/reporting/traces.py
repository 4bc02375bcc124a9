"""Figures per trace, for exports that hold no session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Grid
from sessiontrace.reporting.run import Arranged
from sessiontrace.reporting.sessions import HEADS, has_no_ids, spread

if TYPE_CHECKING:
    from sessiontrace.reporting.run import Run


def arrange(run: Run) -> Arranged:
    """One row per measure; nothing where there are sessions."""
    rows = run.rows["traces"]
    if not has_no_ids(run):
        return Arranged(())
    traces = rows.first(measure="duration")
    whole = traces.show("traces") if traces else "0"
    lines = tuple(
        spread(each, each.show("measure"))
        if each.count("n")
        else (each.show("measure"), f"0/{whole}", "unknown")
        for each in rows
    )
    grid = Grid(HEADS, lines, least=len(lines), more=run.command("trace_length"))
    text = f"{whole} traces, with or without a turn; lengths per trace, for want of sessions"
    return Arranged((Facts((text,)), grid))
