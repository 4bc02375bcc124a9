"""CSV as RFC 4180 has it, with text that a spreadsheet cannot take for a formula."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

from sessiontrace.render.json import encode
from sessiontrace.render.values import machine
from sessiontrace.visible import without_controls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sessiontrace.render.types import Kind, Table

# What a spreadsheet evaluates when a cell begins with it, full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def render(table: Table) -> str:
    """Return a header and one record per row."""
    kinds = [column.kind for column in table.columns]
    rows = (
        [cell(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in table.rows
    )
    return records([cell(column.name) for column in table.columns], rows)


def records(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return CSV text; fields are quoted where they must be, lines end in CR LF."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


def cell(value: object, kind: Kind = "text") -> str:
    """Return the text of one field; None is an empty field."""
    plain = machine(value, kind)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, int | float | Decimal):
        return encode(plain)
    text = plain if isinstance(plain, str) else encode(plain)
    if text.startswith(_FORMULA):  # before the controls go: they may hide in front of it
        text = f"'{text}"
    text = without_controls(text, keep="\t\n\r")
    return f"'{text}" if text.startswith(_FORMULA) else text
