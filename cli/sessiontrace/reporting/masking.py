"""Keeps personal values out of what is printed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sessiontrace.mask import mask_value

if TYPE_CHECKING:
    from collections.abc import Collection

    from sessiontrace.render.types import Table
    from sessiontrace.workspace import Workspace

# Columns whose values came out of traces as they are and may name a person.
_RAW_COLUMNS = frozenset({"example_value", "user_id"})
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"'=|/]+@[^\s@<>()\[\],;:\"'=|/]+")
_PHONE = re.compile(r"(?<!\w)\+\d[\d ().\u00a0-]{5,}\d(?!\w)")


def masked(table: Table, also: Collection[str] = ()) -> Table:
    """Return a table with values that may be personal masked by their shape.

    Whole columns that hold ids, and e-mail addresses and telephone numbers in any other text.

    Args:
        table: the rows of a report.
        also: more columns whose values are masked whatever they look like.
    """
    whole = [column.name in _RAW_COLUMNS or column.name in also for column in table.columns]
    rows = [
        tuple(
            value
            if not isinstance(value, str)
            else mask_value(value)
            if is_raw
            else scrubbed(value)
            for value, is_raw in zip(row, whole, strict=True)
        )
        for row in table.rows
    ]
    return replace(table, rows=rows)


def is_personal(workspace: Workspace, name: str) -> bool:
    """Tell whether the values of an attribute may name or quote a person."""
    statement = """
        select
            exists (
                from attribute_registry
                where $1 in (name, convention, alias) and privacy <> 'none'
            )
            or exists (from content_keys where regexp_full_match($1, pattern))
    """
    return bool(workspace.rows(statement, [name])[0][0])


def scrubbed(text: str) -> str:
    """Mask what looks like an e-mail address or a telephone number inside a text."""
    if "@" in text:
        text = _EMAIL.sub(lambda found: mask_value(found[0]), text)
    if "+" in text:
        text = _PHONE.sub(lambda found: mask_value(found[0]), text)
    return text
