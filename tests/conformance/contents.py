"""Whole stores compared: the content of tables, whatever the order of rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sessiontrace.answers import PUBLIC_TABLES

if TYPE_CHECKING:
    from collections.abc import Collection

    from sessiontrace.workspace import Workspace

# Which file or which row number says nothing about what was loaded.
_OF_THE_LOAD = ("source_id", "span_ord")
OF_SPANS = tuple(
    name for name in PUBLIC_TABLES if name not in ("sources", "rejects", "ingest_notes")
)


def digests(
    workspace: Workspace,
    tables: Collection[str] = OF_SPANS,
    without: Collection[str] = _OF_THE_LOAD,
) -> dict[str, tuple[int, str]]:
    """Return the number of rows and the digest of the content of each table."""
    return {name: _digest(workspace, name, without) for name in tables}


def columns_of(workspace: Workspace, table: str) -> list[str]:
    """Return the columns of a table or view."""
    return [str(row[0]) for row in workspace.rows(f'describe "{table}"')]


def _digest(workspace: Workspace, table: str, without: Collection[str]) -> tuple[int, str]:
    names = [name for name in columns_of(workspace, table) if name not in without]
    listed = ", ".join(f'"{name}"' for name in names)
    rows = workspace.rows(f'select (row({listed}))::varchar as text from "{table}" order by text')
    texts = "\n".join(str(row[0]) for row in rows)
    return len(rows), hashlib.sha256(texts.encode()).hexdigest()[:16]
