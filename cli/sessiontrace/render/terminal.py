"""Tables for people: drawn by rich on a terminal, plain aligned text in a pipe."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from sessiontrace.render.types import Screen
from sessiontrace.render.values import human_grid
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sessiontrace.render.types import Column, Table

# Only an underline below the header, in ASCII: readable in a log, easy on `awk`.
_PLAIN = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_NARROWEST_TEXT = 16  # columns; a folded text column narrower than this is hard to read


def render(table: Table, screen: Screen | None = None) -> str:
    """Return the table, or one block per row if its columns do not fit beside each other."""
    screen = screen or Screen()
    columns, cells = human_grid(table)
    parts = [_line(visible(table.title), "bold", screen)] if table.title else []
    if not cells:
        parts.append("no rows\n")
    elif _is_too_wide(columns, cells, screen.width):
        parts += _blocks(columns, cells, screen)
    else:
        parts.append(_grid(columns, cells, screen))
    parts += [_line(visible(note), "dim", screen) for note in table.notes]
    return "".join(parts)


def _grid(columns: Sequence[Column], cells: Sequence[Sequence[str]], screen: Screen) -> str:
    grid = RichTable(
        box=box.SIMPLE_HEAD if screen.is_terminal else _PLAIN,
        pad_edge=False,
        show_edge=False,
        header_style="bold",
    )
    for column in columns:
        is_text = column.kind == "text"
        grid.add_column(
            Text(column.title),
            justify="left" if is_text else "right",
            overflow="fold",
            no_wrap=not is_text,
        )
    for row in cells:
        grid.add_row(*map(Text, row))
    return _printed(grid, screen)


def _is_too_wide(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> bool:
    """Tell whether numbers would be cut or text folded into slivers."""
    needed = 0
    for at, column in enumerate(columns):
        widest = max(cell_len(column.title), *(cell_len(row[at]) for row in cells))
        needed += min(widest, _NARROWEST_TEXT) if column.kind == "text" else widest
    return needed + 2 * (len(columns) - 1) > width


def _blocks(columns: Sequence[Column], cells: Sequence[Sequence[str]], screen: Screen) -> list[str]:
    titles = [column.title for column in columns]
    grids = []
    for row in cells:
        grid = RichTable.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True, style="bold")
        grid.add_column(overflow="fold")
        for title, cell in zip(titles, row, strict=True):
            grid.add_row(Text(title), Text(cell))
        grids.append(_printed(grid, screen))
    return ["\n".join(grids)]


def _line(text: str, style: str, screen: Screen) -> str:
    return _printed(Text(text, style=style), screen)


def _printed(content: RichTable | Text, screen: Screen) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=screen.width,
        force_terminal=screen.is_coloured,
        no_color=not screen.is_coloured,
        color_system="standard" if screen.is_coloured else None,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    console.print(content)
    lines = stream.getvalue().split("\n")
    return "\n".join(line.rstrip() for line in lines)
