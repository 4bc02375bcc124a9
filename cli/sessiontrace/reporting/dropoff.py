"""The points at which sessions are dropped, or end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Grid, Head, Note
from sessiontrace.reporting.run import Arranged

if TYPE_CHECKING:
    from sessiontrace.render.analysis.blocks import Block
    from sessiontrace.reporting.rows import Item, Rows
    from sessiontrace.reporting.run import Run

_MOST_POINTS = 6
_MOST_UNKNOWN = 0.8  # of the sessions; a list of an axis that is emptier than that misleads
_HEADS = (
    Head("", is_text=True),
    Head("k/n"),
    Head("rate"),
    Head("95 % interval"),
    Head("lift"),
    Head("dropped", is_spare=True),
)
_KEYS = {"intent": "turn.intent", "agent action": "turn.output_type"}


def arrange(run: Run) -> Arranged:
    """The best-evidenced point of each dimension, and the dimensions that nobody fills."""
    rows = run.rows["dropoff"]
    points = _points(rows)
    heading = "Where they drop off"
    if any(each["basis"] == "settled end" for each in rows):
        heading = "Where they end"
    notes = _unknown(rows)
    if not points:
        text = "no point stands out: none leads to more ends than the others beyond chance"
        if not len(rows):
            text = "nothing to say: no settled session with a known outcome; set --goal STEP"
        return Arranged((Facts((text,)), *notes), heading)
    is_settled = heading.endswith("end")
    grid = Grid(
        _HEADS if is_settled else _HEADS[:-1],
        tuple(_line(each, is_settled=is_settled) for each in points),
        least=2,
        left_out=len(rows) - len(points),
        more=run.command("dropoff_points"),
    )
    return Arranged((grid, *notes), heading)


def _line(item: Item, *, is_settled: bool) -> tuple[str, ...]:
    """Return a point; where every end counts, also how many of them are known to be dropped."""
    cells = (
        f"{item.show('dimension')}: {item.show('value')}",
        item.fraction(),
        item.show("rate"),
        item.interval(),
        f"×{item.show('lift')}",
    )
    return (*cells, item.fraction("dropped", "k")) if is_settled else cells


def _points(rows: Rows) -> list[Item]:
    """Return the first point of every dimension that is surely above the others'."""
    hidden = _hidden(rows)
    return [
        each
        for each in rows
        if each["rank"] == 1 and each.number("excess_low") > 0 and each["dimension"] not in hidden
    ][:_MOST_POINTS]


def _hidden(rows: Rows) -> list[str]:
    return [
        str(each["dimension"])
        for each in rows
        if each["value"] is None and each.number("share") > _MOST_UNKNOWN
    ]


def _unknown(rows: Rows) -> list[Block]:
    named = [f"{name} (set {_KEYS[name]})" for name in _hidden(rows) if name in _KEYS]
    if not named:
        return []
    return [Note(f"unknown at the end of more than 80 % of the sessions: {', '.join(named)}")]
