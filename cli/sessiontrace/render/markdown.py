"""Markdown tables; text that could become markup is shown as code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sessiontrace.render.values import human_grid
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sessiontrace.render.types import Table

# What some Markdown renderer gives a meaning: emphasis, links, HTML, mentions, references, lists.
_MARKUP = re.compile(
    r"[\\`*\[\]<>|&@~#]|(?<!\w)_|_(?!\w)|://|www\.|^\s*(?:[-+]|\d+[.)])\s", re.IGNORECASE
)
_BACKTICKS = re.compile("`+")
NUMERIC = ("integer", "number")


def render(table: Table) -> str:
    """Return the title, the table and its notes."""
    blocks = [f"## {inline(table.title)}", grid(table), *map(inline, table.notes)]
    return "\n\n".join(blocks) + "\n"


def grid(table: Table) -> str:
    """Return the rows alone; numbers are right-aligned."""
    if not table.rows:
        return "no rows"
    columns, rows = human_grid(table)
    lines = [
        _line(column.title for column in columns),
        "| " + " | ".join("---:" if each.kind in NUMERIC else "---" for each in columns) + " |",
        *map(_line, rows),
    ]
    return "\n".join(lines)


def inline(text: str) -> str:
    """Return text that renders as itself: plain if it is harmless, else as code."""
    text = visible(text).strip()
    if not _MARKUP.search(text):
        return text
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _line(cells: Iterable[str]) -> str:
    # A pipe ends a cell even inside code, and GitHub drops the backslash there.
    return "| " + " | ".join(inline(cell).replace("|", "\\|") for cell in cells) + " |"
