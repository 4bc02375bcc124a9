"""From cursors to tables of rows with columns described."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import duckdb

from sessiontrace.errors import QueryError, StoreError, UsageError
from sessiontrace.render.types import Column, Kind, Row, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sessiontrace.catalog import Catalog, ReportFile

PUBLIC_TABLES = (
    *("sources", "rejects", "ingest_notes", "spans", "span_events", "span_links", "events"),
    *("llm_calls", "tool_calls", "agent_runs", "turns", "conversations", "sessions", "users"),
    *("journey_stages", "evaluations"),
)
"""The tables whose columns are a contract, in the order in which they are documented."""

EXPORT_FORMATS = {"parquet": "(format parquet, compression zstd)", "csv": "(header)", "json": ""}
_NUMBERS = ("FLOAT", "DOUBLE", "DECIMAL")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT")
_TIMES = ("TIMESTAMP", "DATE")


def table(
    con: duckdb.DuckDBPyConnection,
    file: ReportFile,
    statement: str,
    parameters: Mapping[str, object],
) -> Table:
    """Run a report; its header says what the columns mean.

    Raises:
        QueryError: the statement does not run, which for a built-in report is a bug.
    """
    types, rows = _run(con, statement, parameters, file.label)
    columns = []
    for name, type_name in types:
        note = file.columns.get(name)
        columns.append(
            Column(
                name=name,
                title=(note.title if note and note.title else name.replace("_", " ")),
                kind=_kind(type_name),
                unit=note.unit if note else None,
                role=note.role if note else "text",
                help=note.help if note else "",
            )
        )
    return Table(file.name, file.title, tuple(columns), rows)


def query(
    con: duckdb.DuckDBPyConnection, statement: str, parameters: Mapping[str, object]
) -> Table:
    """Run one SELECT of a user.

    Raises:
        QueryError: it is not exactly one SELECT, or does not run.
    """
    try:
        statements = duckdb.extract_statements(statement)
    except duckdb.Error as error:
        raise QueryError(_first_line(error), hint="see the tables with: sessiontrace schema") from (
            error
        )
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT_STATEMENT:
        raise QueryError(
            "a query is one SELECT", hint="the store is read-only; export writes files"
        )
    types, rows = _run(con, statement, parameters, "the query")
    columns = tuple(Column(name, name, kind=_kind(type_name)) for name, type_name in types)
    return Table("query", "", columns, rows)


def _run(
    con: duckdb.DuckDBPyConnection,
    statement: str,
    parameters: Mapping[str, object],
    what: str,
) -> tuple[list[tuple[str, str]], list[Row]]:
    try:
        cursor = con.execute(statement, dict(parameters)) if parameters else con.execute(statement)
        types = [(str(name), str(type_name)) for name, type_name, *_ in cursor.description or []]
        return types, [tuple(map(_exact, row)) for row in cursor.fetchall()]
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise QueryError(
            f"{what}: {_first_line(error)}", hint="see the tables with: sessiontrace schema"
        ) from error


def _exact(value: Any) -> object:
    return value


def _first_line(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0]


def _kind(type_name: str) -> Kind:
    upper = type_name.upper()
    if upper.startswith("BOOL"):
        return "boolean"
    if upper.startswith(_NUMBERS) or upper == "NUMBER":
        return "number"
    if upper.startswith((*_INTEGERS, "UBIGINT", "UINTEGER", "UHUGEINT")):
        return "integer"
    return "time" if upper.startswith(_TIMES) else "text"


def schema(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> Table:
    """The public tables with their columns."""
    rows: list[Row] = []
    for name in PUBLIC_TABLES:
        model = catalog.models.get(name)
        notes = {**_VIEW_NOTES.get(name, {}), **_notes(model)}
        for column, type_name, *_ in con.execute(f'describe "{name}"').fetchall():
            unit, help_text = notes.get(column, ("", ""))
            rows.append((name, column, type_name, unit or _unit(column), help_text))
    columns = (
        Column("table", "table", role="group"),
        Column("column", "column", role="group"),
        Column("type", "type"),
        Column("unit", "unit"),
        Column("meaning", "meaning"),
    )
    return Table("schema", "Tables of the store", columns, rows)


_VIEW_NOTES: dict[str, dict[str, tuple[str, str]]] = {}


def _notes(model: Any) -> dict[str, tuple[str, str]]:
    if model is None:
        return {}
    return {name: (note.unit or "", note.help) for name, note in model.columns.items()}


def _unit(column: str) -> str:
    """The unit that a column's name carries."""
    for suffix, unit in (("_unix_ns", "ns"), ("_ms", "ms"), ("_usd", "usd"), ("_share", "0..1")):
        if column.endswith(suffix):
            return unit
    return "tokens" if column.endswith("_tokens") else ""


def export(
    con: duckdb.DuckDBPyConnection, tables: Sequence[str], folder: Path, format_: str
) -> list[tuple[str, int]]:
    """Write tables as files into a new or empty folder.

    Returns:
        Name and number of rows of each table.

    Raises:
        UsageError: the folder is not empty, or the format is unknown.
        StoreError: the folder cannot be written.
    """
    if format_ not in EXPORT_FORMATS:
        raise UsageError(
            f"there is no export format {format_!r}", hint="use parquet, csv or json"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise UsageError(
                f"{folder} is not empty", hint="give a new folder; nothing is overwritten"
            )
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}", hint="choose another folder") from error
    written = []
    for name in tables:
        target = folder / f"{name}.{format_}"
        try:
            con.execute(f'copy (from "{name}") to ? {EXPORT_FORMATS[format_]}', [str(target)])
        except duckdb.IOException as error:
            raise StoreError(
                f"{target}: {_first_line(error)}", hint="check the space left and the permissions"
            ) from error
        os.chmod(target, 0o600)
        count = con.execute(f'select count(*) from "{name}"').fetchall()[0][0]
        written.append((name, int(count)))
    return written
