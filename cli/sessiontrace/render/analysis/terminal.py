"""The analysis on one screen: at most 55 lines, one line per row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.layout import facts, lay_out, share_lines
from sessiontrace.render.analysis.markdown import fact_text
from sessiontrace.render.types import Screen
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sessiontrace.render.types import Analysis

MOST_LINES = 55
_MOST_META_LINES = 2
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def render(analysis: Analysis, screen: Screen | None = None) -> str:
    """Return the document; rows that do not fit are counted and the command for them named."""
    screen = screen or Screen()
    meta = _meta(analysis, screen.width)
    blocks = [lay_out(section, screen.width) for section in analysis.sections]
    blank_lines = len(blocks) if meta else len(blocks) - 1
    share_lines(blocks, MOST_LINES - len(meta) - blank_lines)
    parts = [_styled(meta, _DIM, screen)] if meta else []
    for block in blocks:
        notes = [line for note in block.notes[: block.shown_notes] for line in note]
        closing = block.closing()
        lines = [
            *_styled(block.heading, _BOLD, screen),
            *block.rows[: block.shown_rows],
            *_styled([*notes, *([closing] if closing else [])], _DIM, screen),
        ]
        parts.append(lines)
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _meta(analysis: Analysis, width: int) -> list[str]:
    """What the numbers depend on, in two lines; JSON has all of it."""
    pairs = [
        (key.replace("_", " "), visible(fact_text(value)))
        for key, value in analysis.meta.items()
        if isinstance(value, str | int | float | list | tuple)
    ]
    lines = [line.strip() for line in facts(pairs, width)]
    if len(lines) > _MOST_META_LINES:
        lines = [*lines[: _MOST_META_LINES - 1], f"{lines[_MOST_META_LINES - 1]} …"]
    return lines


def _styled(lines: Iterable[str], style: str, screen: Screen) -> list[str]:
    return [f"{style}{line}{_RESET}" if screen.is_coloured else line for line in lines]
