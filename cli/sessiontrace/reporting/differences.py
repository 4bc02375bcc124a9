"""What dropped sessions have more or less often than successful ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Grid, Head, Note
from sessiontrace.reporting.run import Arranged

if TYPE_CHECKING:
    from sessiontrace.reporting.rows import Item
    from sessiontrace.reporting.run import Run

_MOST_ROWS = 6
_BY_CHANCE = 0.05
_HEADS = (
    Head("", is_text=True),
    Head("dropped"),
    Head("share", is_spare=True),
    Head("succeeded"),
    Head("share", is_spare=True),
    Head("difference"),
    Head("95 % interval"),
)


def arrange(run: Run) -> Arranged:
    """The differences whose interval leaves out zero, and how many were looked at."""
    rows = run.rows["differences"]
    if not len(rows):
        return Arranged((Facts((_too_few(run),)),))
    compared = next(iter(rows)).count("comparisons")
    clear = [each for each in rows if each.number("low") > 0 or each.number("high") < 0]
    looked = f"{len(clear)} of {compared} comparisons leave out zero"
    by_chance = f"about {compared * _BY_CHANCE:.0f} would by chance alone"
    if not clear:
        return Arranged((Facts((f"nothing to tell apart: {looked}",)),))
    lines = tuple(map(_line, clear[:_MOST_ROWS]))
    grid = Grid(
        _HEADS,
        lines,
        least=2,
        left_out=len(rows) - len(lines),
        left_out_note=f", {len(clear)}/{compared} leave out zero",
        more=run.command("differences"),
    )
    few = "; groups below 30 sessions" if clear[0]["few"] else ""
    note = Note(f"{looked}, {by_chance}{few}; seen together, which says nothing about why")
    return Arranged((grid, note))


def _line(item: Item) -> tuple[str, ...]:
    value = "" if item["value"] in (None, "yes") else f": {item.show('value')}"
    difference = item.show("difference").removesuffix(" %")
    return (
        f"{item.show('attribute')}{value}",
        item.fraction("dropped_k", "dropped_n"),
        item.show("dropped_share"),
        item.fraction("succeeded_k", "succeeded_n"),
        item.show("succeeded_share"),
        f"{'+' * (item.number('difference') > 0)}{difference} pp",
        f"{_points(item, 'low')} to {_points(item, 'high')}",
    )


def _points(item: Item, name: str) -> str:
    text = item.show(name).removesuffix(" %")
    return f"+{text}" if item.number(name) > 0 else text


def _too_few(run: Run) -> str:
    judged = [
        each
        for each in run.rows["end_states"].all(measure="drop-off", state="dropped")
        if each.count("n")
    ]
    dropped = sum(each.count("k") for each in judged)
    known = sum(each.count("n") for each in judged)
    return (
        f"nothing to compare: {dropped:,} dropped and {known - dropped:,} not dropped, and five of "
        f"each are needed; set --goal STEP, or journey.converted"
    )
