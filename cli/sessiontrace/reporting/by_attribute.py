"""Sessions compared by the values of one attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Grid, Head, Note
from sessiontrace.reporting.run import Arranged

if TYPE_CHECKING:
    from sessiontrace.render.analysis.blocks import Block
    from sessiontrace.reporting.run import Run

_MOST_ROWS = 8
_MOST_UNKNOWN = 0.8
_HEADS = (
    Head("", is_text=True),
    Head("sessions"),
    Head("turns p50"),
    Head("active p50"),
    Head("tokens p50", is_spare=True),
    Head("dropped"),
    Head("share"),
    Head("95 % interval"),
)


def arrange(run: Run) -> Arranged:
    """The values with most sessions: length, and the share dropped among known outcomes."""
    rows = run.rows["by"]
    heading = f"By {run.by}"
    whole = sum(each.count("sessions") for each in rows)
    missing = sum(each.count("sessions") for each in rows if each["value"] is None)
    if not whole or missing > _MOST_UNKNOWN * whole:
        text = f"unknown in {missing:,}/{whole:,} sessions: set {run.by} on the spans of a session"
        return Arranged((Facts((text,)),), heading)
    lines = tuple(
        (
            "(not set)" if each["value"] is None else each.show("value"),
            f"{each.show('sessions')}/{whole:,}",
            each.show("turns_p50"),
            each.show("active_p50_ms"),
            each.show("tokens_p50"),
            each.fraction("dropped_k", "judged_n"),
            each.show("dropped_share"),
            each.interval(),
        )
        for each in list(rows)[:_MOST_ROWS]
    )
    grid = Grid(
        _HEADS,
        lines,
        least=3,
        left_out=len(rows) - len(lines),
        more=run.command("by_attribute", f"by={run.by}"),
    )
    blocks: list[Block] = [grid]
    if run.several:
        text = f"{run.several:,}/{whole:,} sessions show more than one value; the first counts"
        blocks.append(Note(text))
    return Arranged(tuple(blocks), heading)
