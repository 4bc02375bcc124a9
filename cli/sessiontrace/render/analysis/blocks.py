"""What people see of a section: facts in a line, small tables, sentences.

The arrangement is made once and rendered twice, for terminals and as Markdown; JSON and CSV show
the tables themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from sessiontrace.render.types import Section


@dataclass(frozen=True, slots=True)
class Facts:
    """Short statements beside each other; a line breaks between two of them."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The title of a column of a grid.

    Attributes:
        is_text: aligned left, and shortened where room is short.
        is_spare: left out first where room is short.
    """

    title: str
    is_text: bool = False
    is_spare: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of texts.

    Attributes:
        rows: a row with fewer cells than heads ends in a text that runs to the right edge.
        least: rows that are shown before anything else of the section is.
        left_out: rows of the report that are not among `rows`.
        left_out_note: what to say beside their number.
        more: the command that shows all of them, as quoted words.
        is_paired: rows may stand in two columns; there is no line of titles.
    """

    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...]
    least: int = 2
    left_out: int = 0
    left_out_note: str = ""
    more: tuple[str, ...] | None = None
    is_paired: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence; a warning is never left out for want of room before other notes are."""

    text: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class More:
    """A command that shows more, in a line of its own."""

    what: str
    command: tuple[str, ...]


Block = Facts | Grid | Note | More


@dataclass(frozen=True, slots=True)
class Part(Section):
    """A section with its arrangement; one without blocks is in JSON and CSV only."""

    heading: str = ""
    blocks: tuple[Block, ...] = ()
