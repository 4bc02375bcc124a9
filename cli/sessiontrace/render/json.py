"""JSON: an array of row objects, exact integers, one row per line."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from sessiontrace.render.values import machine

if TYPE_CHECKING:
    from sessiontrace.render.types import Row, Table

# Escaped although JSON allows them raw: a terminal would obey them, and JavaScript ends a line.
_UNSAFE = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def render(table: Table) -> str:
    """Return an array with one object per row."""
    rows = [encode(row_object(table, row)) for row in table.rows]
    return "[\n" + ",\n".join(f"  {row}" for row in rows) + "\n]\n" if rows else "[]\n"


def render_lines(table: Table) -> str:
    """Return JSON Lines: one object per row."""
    return "".join(f"{encode(row_object(table, row))}\n" for row in table.rows)


def row_object(table: Table, row: Row) -> dict[str, object]:
    """Return a row by column names."""
    return {
        column.name: machine(value, column.kind)
        for column, value in zip(table.columns, row, strict=True)
    }


def encode(value: object) -> str:
    """Return JSON on one line; unlike json.dumps it keeps a Decimal exact.

    Args:
        value: what `values.machine` returns.
    """
    if isinstance(value, dict):
        members = (f"{encode(str(key))}: {encode(each)}" for key, each in value.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(encode(each) for each in value) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
