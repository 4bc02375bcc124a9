"""Text in cells of a fixed width; Chinese, Japanese and emoji characters take two columns."""

from __future__ import annotations

import textwrap

from rich.cells import cell_len, chop_cells, set_cell_size

GAP = 2  # terminal columns between two cells


def width_of(text: str) -> int:
    """Return how many terminal columns a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def padded(text: str, width: int, *, is_text: bool) -> str:
    """Return text aligned left, anything else aligned right, in `width` terminal columns."""
    padding = " " * (width - width_of(text))
    return text + padding if is_text else padding + text


def shortened(text: str, width: int) -> str:
    """Return text of at most `width` terminal columns; an ellipsis marks a cut."""
    if width_of(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + "…"


def folded(text: str, width: int) -> list[str]:
    """Return text in lines of at most `width` terminal columns, broken at spaces if it can be."""
    if width_of(text) <= width:
        return [text]
    if text.isascii():
        return textwrap.wrap(text, width)
    return chop_cells(text, width)
