"""Turns the columns of a section into the fewer, narrower ones that a screen has room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessiontrace.render.cells import GAP, padded, shortened, width_of
from sessiontrace.render.values import MISSING, human_row, is_shown
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sessiontrace.render.types import Table

_NARROWEST = 12  # what a shortened text still has to say something


@dataclass(slots=True)
class Cells:
    """One column on the screen; all cells and the title are one line of text.

    Attributes:
        is_text: aligned left, and may be shortened.
        is_spare: may be left out where room is short.
    """

    title: str
    texts: list[str]
    is_text: bool
    is_spare: bool

    @property
    def width(self) -> int:
        """The widest cell or title, in terminal columns."""
        return max(width_of(self.title), *map(width_of, self.texts), 0)

    def shorten(self, width: int) -> None:
        """Cut what is longer than `width` and mark the cut."""
        self.title = shortened(self.title, width)
        self.texts = [shortened(text, width) for text in self.texts]

    def line(self, at: int, width: int) -> str:
        """Return the cell of a row, or the title for -1, padded to `width`."""
        text = self.title if at < 0 else self.texts[at]
        return padded(text, width, is_text=self.is_text)


def screen_columns(table: Table) -> list[Cells]:
    """Return the columns with k and n as `k/n`, low and high as one interval, and no empty ones."""
    rows = [human_row(table, row) for row in table.rows]
    at = {column.role: index for index, column in enumerate(table.columns)}
    columns: list[Cells] = []
    for index, column in enumerate(table.columns):
        texts = [row[index] for row in rows]
        if not is_shown(table, column) or (column.role == "n" and "k" in at):
            continue
        if column.role == "high" and "low" in at:
            continue
        title = visible(column.title)
        if column.role == "k" and "n" in at:
            title = f"{title}/{visible(table.columns[at['n']].title)}"
            texts = [_fraction(row[index], row[at["n"]]) for row in rows]
        elif column.role == "low" and "high" in at:
            title = "95 % interval"
            texts = [_interval(row[index], row[at["high"]]) for row in rows]
        is_empty = all(text == MISSING for text in texts)
        if not is_empty or len(texts) == 1:
            is_text, is_spare = column.kind == "text", column.role == "text"
            columns.append(Cells(title, texts, is_text=is_text, is_spare=is_spare))
    return columns


def fit(columns: Sequence[Cells], width: int) -> list[Cells]:
    """Shorten text, then leave out what only explains, until the columns fit into `width`."""
    fitting = list(columns)
    while (excess := total(fitting) - width) > 0:
        longest = max((c for c in fitting if c.is_text), key=lambda c: c.width, default=None)
        if longest is not None and longest.width > _NARROWEST:
            longest.shorten(max(longest.width - excess, _NARROWEST))
            continue
        spare = [each for each in fitting if each.is_spare] or fitting[1:]
        if not spare:
            break
        fitting.remove(spare[-1])
    return fitting


def total(columns: Sequence[Cells]) -> int:
    """Return the width of all columns with the gaps between them."""
    return sum(each.width for each in columns) + GAP * max(len(columns) - 1, 0)


def _fraction(k: str, n: str) -> str:
    return MISSING if n == MISSING else f"{k}/{n}"


def _interval(low: str, high: str) -> str:
    if MISSING in (low, high):
        return MISSING
    number, _, unit = high.rpartition(" ")
    return f"{low.removesuffix(f' {unit}') if number else low}–{high}"
