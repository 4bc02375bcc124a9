"""The analysis as JSON; docs/analysis.schema.json describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.json import encode, row_object
from sessiontrace.render.values import machine

if TYPE_CHECKING:
    from sessiontrace.render.types import Analysis, Column, Section

# Raised when a reader of the old form could misread the new one; more members do not count.
SCHEMA_VERSION = 1


def render(analysis: Analysis) -> str:
    """Return the document, one row per line, so that two of them compare well."""
    meta = {key: machine(analysis.meta[key]) for key in sorted(analysis.meta)}
    tool = {key: analysis.tool[key] for key in sorted(analysis.tool)}
    sections = ",\n".join(_section(section) for section in analysis.sections)
    return (
        "{\n"
        f'  "schema_version": {SCHEMA_VERSION},\n'
        f'  "tool": {encode(tool)},\n'
        f'  "meta": {encode(meta)},\n'
        f'  "sections": {{\n{sections}\n  }}\n'
        "}\n"
    )


def _section(section: Section) -> str:
    table = section.table
    notes = [*table.notes, *section.notes]
    members = [
        f'      "title": {encode(section.title)}',
        f'      "columns": {_array([encode(_column(each)) for each in table.columns])}',
        f'      "rows": {_array([encode(row_object(table, row)) for row in table.rows])}',
        f'      "notes": {_array([encode(note) for note in notes])}',
        f'      "more": {encode(section.more)}',
    ]
    return f"    {encode(section.name)}: {{\n" + ",\n".join(members) + "\n    }"


def _column(column: Column) -> dict[str, object]:
    return {
        "name": column.name,
        "title": column.title,
        "kind": column.kind,
        "unit": column.unit,
        "role": column.role,
        "help": column.help,
    }


def _array(items: list[str]) -> str:
    lines = ",\n".join(f"        {item}" for item in items)
    return f"[\n{lines}\n      ]" if items else "[]"
