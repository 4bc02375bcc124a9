"""What a renderer gets: rows, and what their columns mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["text", "integer", "number", "boolean", "time"]
Role = Literal["group", "value", "k", "n", "low", "high", "unit", "text"]
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an answer.

    Attributes:
        name: the name in JSON and CSV.
        title: the name for people.
        kind: `integer` values are exact at any size; `time` values are a datetime (naive ones are
            UTC) or an int of nanoseconds since 1970.
        unit: `ms`, `ns`, `s` are durations, `share` is 0..1, `usd` is money, `bytes` a size,
            `unix_ns` a time; any other unit is carried along and shown as it is.
        role: the part of the column in the long CSV table of an analysis.
        help: one line on what the values are.
    """

    name: str
    title: str
    kind: Kind = "text"
    unit: str | None = None
    role: Role = "text"
    help: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """An answer; every row has one value per column, None stands for "not known".

    Attributes:
        notes: sentences that belong below the table: denominators, warnings, what was left out.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of an analysis.

    Attributes:
        table: what is shown of it; its notes come before those of the section.
        more: the command that shows everything, None if nothing is left out.
    """

    name: str
    title: str
    table: Table
    notes: tuple[str, ...] = ()
    more: str | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """The document of `analyze`: sections in the order they are printed.

    Attributes:
        meta: what the numbers depend on (paths, horizon, idle, filters, …), JSON values only.
        tool: name and version of the program.
    """

    sections: tuple[Section, ...]
    meta: Mapping[str, object] = field(default_factory=dict)
    tool: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text for people goes.

    Attributes:
        width: columns, 80..140 on a terminal.
        is_terminal: lines between rows are drawn; a pipe gets plain text.
        is_coloured: escape sequences for bold and colour are welcome.
        is_unicode: it shows UTF-8; else bars and dashes are drawn in ASCII.
    """

    width: int = 100
    is_terminal: bool = False
    is_coloured: bool = False
    is_unicode: bool = True
