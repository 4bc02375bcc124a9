"""The analysis as one long table: a line for every value, whatever section it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.csv import cell, records
from sessiontrace.render.json import encode
from sessiontrace.render.values import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sessiontrace.render.types import Analysis, Role, Row, Section, Table

HEADER = ("section", "metric", "group", "value", "k", "n", "low", "high", "unit")


def render(analysis: Analysis) -> str:
    """Return CSV with the columns of HEADER.

    Every column of role `value` gives a line per row; `k`, `n`, `low` and `high` come from the
    columns of that role in the same row, `unit` from the column, else from the row's unit column.
    """
    lines = (line for section in analysis.sections for line in _lines(section))
    return records(HEADER, lines)


def _lines(section: Section) -> Iterator[list[str]]:
    table = section.table
    for row in table.rows:
        group = cell(_group(table, row))
        counts = [_of_role(table, row, role) for role in ("k", "n", "low", "high")]
        row_unit = _of_role(table, row, "unit")
        for column, value in zip(table.columns, row, strict=True):
            if column.role == "value":
                unit = column.unit or row_unit
                yield [section.name, column.name, group, cell(value, column.kind), *counts, unit]


def _group(table: Table, row: Row) -> str:
    """Return the row's groups as one text."""
    groups = [
        machine(value, column.kind)
        for column, value in zip(table.columns, row, strict=True)
        if column.role == "group"
    ]
    return " / ".join("(none)" if group is None else _text(group) for group in groups)


def _text(group: object) -> str:
    return group if isinstance(group, str) else encode(group)


def _of_role(table: Table, row: Row, role: Role) -> str:
    for column, value in zip(table.columns, row, strict=True):
        if column.role == role:
            return cell(value, column.kind)
    return ""
