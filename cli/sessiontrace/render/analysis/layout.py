"""Puts a section into lines, and shares the lines of a screen among the sections."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sessiontrace.render.analysis.columns import Cells, fit, screen_columns
from sessiontrace.render.cells import GAP, width_of
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sessiontrace.render.types import Section

INDENT = "  "
_LINES_PER_NOTE = 2


@dataclass(slots=True)
class Block:
    """The lines of a section, and how many of them are shown.

    Attributes:
        heading: the title, with the titles of the columns if they fit beside it.
        rows: one line each.
        notes: one list of lines each.
        more: the command that shows everything.
    """

    heading: list[str]
    rows: list[str]
    notes: list[list[str]]
    more: str | None
    shown_rows: int = field(init=False)
    shown_notes: int = field(init=False)
    shows_more: bool = False

    def __post_init__(self) -> None:
        self.shown_rows = len(self.rows)
        self.shown_notes = len(self.notes)

    @property
    def cost(self) -> int:
        """The lines it takes as it is shown now, without the blank line before it."""
        notes = sum(map(len, self.notes[: self.shown_notes]))
        return len(self.heading) + self.shown_rows + notes + bool(self.closing())

    def closing(self) -> str:
        """Return the line that says what is left out and how to see it, "" if there is none."""
        left_out = [
            f"{count} more{noun}"
            for count, noun in (
                (len(self.rows) - self.shown_rows, ""),
                (len(self.notes) - self.shown_notes, " notes"),
            )
            if count
        ]
        if left_out:
            return f"{INDENT}… and {' and '.join(left_out)}: {self.more or 'see --format json'}"
        return f"{INDENT}→ {self.more}" if self.shows_more and self.more else ""


def lay_out(section: Section, width: int) -> Block:
    """Return the lines of a section, each at most `width` columns wide."""
    table = section.table
    title = visible(section.title).upper()
    notes = [wrap(note, width)[:_LINES_PER_NOTE] for note in (*table.notes, *section.notes)]
    columns = screen_columns(table)
    is_facts = len(table.rows) == 1 and not any(c.role in ("group", "k") for c in table.columns)
    if not table.rows:
        heading, rows = [title], [] if notes else [f"{INDENT}none"]
    elif is_facts:
        heading, rows = [title], facts(((each.title, each.texts[0]) for each in columns), width)
    else:
        columns = fit(columns, width - len(INDENT))
        widths = [each.width for each in columns]
        heading = _heading(title, columns, widths)
        rows = [_row(columns, widths, at) for at in range(len(table.rows))]
    return Block(heading, rows, notes, visible(section.more) if section.more else None)


def facts(pairs: Iterable[tuple[str, str]], width: int) -> list[str]:
    """Return `title value · title value` in lines that break between facts."""
    lines: list[str] = []
    for title, value in pairs:
        fact = f"{title} {value}"
        if lines and width_of(lines[-1]) + width_of(fact) + 3 <= width:
            lines[-1] += f" · {fact}"
        else:
            lines.append(INDENT + fact)
    return lines


def wrap(text: str, width: int) -> list[str]:
    """Return text in indented lines."""
    return textwrap.wrap(
        visible(text), width, initial_indent=INDENT, subsequent_indent=INDENT * 2
    ) or [INDENT]


def share_lines(blocks: Sequence[Block], lines: int) -> None:
    """Cut blocks until they take at most `lines`, and spend what is left on their commands.

    Rows go first, from the longest sections, down to one; then notes.
    """
    while sum(block.cost for block in blocks) > lines:
        longest = max(blocks, key=lambda block: block.shown_rows)
        if longest.shown_rows > 1:
            # Two at once the first time: the line that says so takes one.
            longest.shown_rows -= 1 if longest.closing() else min(2, longest.shown_rows - 1)
            continue
        noted = max(blocks, key=lambda block: block.shown_notes)
        if not noted.shown_notes:
            break
        noted.shown_notes -= 1
    for block in blocks:
        block.shows_more = True
        if sum(each.cost for each in blocks) > lines:
            block.shows_more = False


def _heading(title: str, columns: Sequence[Cells], widths: Sequence[int]) -> list[str]:
    """Put the section's title where the first column's would be, if there is room for it."""
    titles = _row(columns, widths, -1)
    rest = titles[len(INDENT) + widths[0] :] if columns[0].is_text else titles
    free = len(titles) - len(rest.lstrip())
    if width_of(title) + GAP <= free or not rest.strip():
        return [(title + " " * (free - width_of(title)) + rest.lstrip()).rstrip()]
    return [title, titles]


def _row(columns: Sequence[Cells], widths: Sequence[int], at: int) -> str:
    cells = (each.line(at, width) for each, width in zip(columns, widths, strict=True))
    return (INDENT + (" " * GAP).join(cells)).rstrip()
