"""One session as a timeline: its header, then conversations, turns, agent runs and calls."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

from sessiontrace.render import json
from sessiontrace.render.values import human

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sessiontrace.render.types import Column, Row, Table

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Story:
    """The reports of one session: `header` has one row, the others any number.

    Attributes:
        declared: what the session says of itself, beside what was observed.
        steps: agent runs, model calls and tool calls; each may name the step above it.
    """

    PARTS: ClassVar[tuple[str, ...]] = (
        *("header", "declared", "conversations", "turns", "steps", "stages", "scores"),
    )

    header: Table
    declared: Table
    conversations: Table
    turns: Table
    steps: Table
    stages: Table
    scores: Table


@dataclass(frozen=True, slots=True)
class Facts:
    """One row, by the names of its columns."""

    columns: tuple[Column, ...]
    row: Row

    def value(self, name: str) -> object:
        """Return a value as it is."""
        return self.row[self._place(name)]

    def number(self, name: str) -> float:
        """Return a number; what is not known is 0."""
        value = self.value(name)
        return float(value) if isinstance(value, int | float) else 0.0

    def text(self, name: str) -> str:
        """Return a value as people read it; "" if it is not known."""
        place = self._place(name)
        value = self.row[place]
        return "" if value is None else human(value, self.columns[place])

    def _place(self, name: str) -> int:
        return next(at for at, column in enumerate(self.columns) if column.name == name)


def facts(table: Table) -> Iterator[Facts]:
    """Yield the rows of a table."""
    for row in table.rows:
        yield Facts(table.columns, row)


def render_json(story: Story) -> str:
    """Return one object: the header's row as `session`, a list for every other report."""
    lines = [f'  "schema_version": {SCHEMA_VERSION}']
    for each in fields(story):
        table: Table = getattr(story, each.name)
        rows = [json.encode(json.row_object(table, row)) for row in table.rows]
        if each.name == "header":
            lines.append(f'  "session": {rows[0]}')
        else:
            inner = ",\n".join(f"    {row}" for row in rows)
            lines.append(f'  "{each.name}": [\n{inner}\n  ]' if rows else f'  "{each.name}": []')
    return "{\n" + ",\n".join(lines) + "\n}\n"
