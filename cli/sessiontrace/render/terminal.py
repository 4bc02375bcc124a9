"""Tables for people: aligned text, with lines and bold titles where it is a terminal.

Drawn here and not by rich's Table, which takes 14 s for 20,000 rows of 8 columns; this takes 0.8.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from sessiontrace.render.cells import GAP, folded, padded, width_of
from sessiontrace.render.types import Screen
from sessiontrace.render.values import human_grid
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sessiontrace.render.types import Column, Table

_NARROWEST_TEXT = 16  # columns; a folded text column narrower than this is hard to read
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def render(table: Table, screen: Screen | None = None) -> str:
    """Return the table, or one block per row if its columns do not fit beside each other."""
    screen = screen or Screen()
    columns, rows = human_grid(table)
    lines = (
        _styled(folded(visible(table.title), screen.width), _BOLD, screen) if table.title else []
    )
    widths = _widths(columns, rows, screen.width)
    if not rows:
        lines.append("no rows")
    elif widths is None:
        lines += _blocks(columns, rows, screen)
    else:
        lines += _grid(columns, rows, widths, screen)
    for note in table.notes:
        lines += _styled(folded(visible(note), screen.width), _DIM, screen)
    return "\n".join(lines) + "\n"


def _widths(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int
) -> list[int] | None:
    """Return a width per column, or None where numbers would be cut or text becomes slivers."""
    widths = [
        max(width_of(column.title), *(width_of(row[at]) for row in rows)) if rows else 0
        for at, column in enumerate(columns)
    ]
    excess = sum(widths) + GAP * (len(widths) - 1) - width
    while excess > 0:
        texts = [at for at, column in enumerate(columns) if column.kind == "text"]
        longest = max(texts, key=lambda at: widths[at], default=None)
        if longest is None or widths[longest] <= _NARROWEST_TEXT:
            return None
        narrower = max(widths[longest] - excess, _NARROWEST_TEXT)
        excess -= widths[longest] - narrower
        widths[longest] = narrower
    return widths


def _grid(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    screen: Screen,
) -> Iterator[str]:
    titles = [column.title for column in columns]
    yield from _styled(_lines(columns, titles, widths), _BOLD, screen)
    rule = "─" if screen.is_terminal else "-"
    yield (" " * GAP).join(rule * width for width in widths)
    for row in rows:
        yield from _lines(columns, row, widths)


def _lines(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """Yield a row: one line, or more where text has to be folded."""
    kept = [folded(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for pieces in zip_longest(*kept, fillvalue=""):
        line = (
            padded(piece, width, is_text=column.kind == "text")
            for piece, width, column in zip(pieces, widths, columns, strict=True)
        )
        yield (" " * GAP).join(line).rstrip()


def _blocks(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], screen: Screen
) -> Iterator[str]:
    """Yield one line per value, under its title, with a blank line between rows."""
    room = max(width_of(column.title) for column in columns)
    room = min(room, screen.width // 2)
    for number, row in enumerate(rows):
        if number:
            yield ""
        for column, cell in zip(columns, row, strict=True):
            title = _styled([padded(column.title, room, is_text=True)], _BOLD, screen)[0]
            for piece in folded(cell, screen.width - room - GAP):
                yield f"{title}{' ' * GAP}{piece}".rstrip()
                title = " " * room


def _styled(lines: Sequence[str] | Iterator[str], style: str, screen: Screen) -> list[str]:
    return [f"{style}{line}{_RESET}" if screen.is_coloured else line for line in lines]
