"""From cursors to tables of rows with columns described."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import duckdb

from sessiontrace.comments import ColumnMeaning, meanings, unit_of
from sessiontrace.errors import QueryError, StoreError, UsageError
from sessiontrace.render.types import Column, Kind, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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
# How DuckDB words its suggestions, for columns and for everything else.
_MEANT = re.compile(r'(?:Candidate bindings: |Did you mean )"([^"]+)"')
_WRITING_NODES = frozenset(
    f"{word}_QUERY_NODE" for word in ("INSERT", "UPDATE", "DELETE", "MERGE_INTO", "COPY")
)


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
    _check_select(con, statement)
    con.execute("begin transaction read only")
    try:
        types, rows = _run(con, statement, parameters, "the query")
    finally:
        con.execute("rollback")
    columns = tuple(Column(name, name, kind=_kind(type_name)) for name, type_name in types)
    return Table("query", "", columns, rows)


def _check_select(con: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Raise QueryError unless the text is one statement that only reads.

    A transaction that is read-only still lets temporary tables be written, so the parsed statement
    is searched for INSERT, UPDATE and DELETE inside of WITH.
    """
    refusal = QueryError(
        "a query is one SELECT that changes nothing",
        hint="one statement only; the store is read-only, and export writes files",
    )
    try:
        statements = duckdb.extract_statements(statement)
    except duckdb.Error as error:
        raise QueryError(
            f"the query: {_first_line(error)}", hint="quote it for the shell: 'select …'"
        ) from error
    if len(statements) != 1:
        raise refusal
    if statements[0].type == duckdb.StatementType.MULTI:  # PIVOT without its list of values
        raise QueryError(
            "the query: PIVOT needs the values that become columns",
            hint="write PIVOT … ON column IN ('a', 'b')",
        )
    if statements[0].type != duckdb.StatementType.SELECT:
        raise refusal
    text = con.execute("select json_serialize_sql(?::varchar)", [statement]).fetchall()[0][0]
    parsed = json.loads(text)
    if parsed["error"] or any(str(node.get("type")) in _WRITING_NODES for node in _objects(parsed)):
        raise refusal


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            yield each
            pending += each.values()
        elif isinstance(each, list):
            pending += each


def _run(
    con: duckdb.DuckDBPyConnection,
    statement: str,
    parameters: Mapping[str, object],
    what: str,
) -> tuple[list[tuple[str, str]], list[Row]]:
    try:
        cursor = con.execute(statement, dict(parameters)) if parameters else con.execute(statement)
        types = [(str(name), str(type_name)) for name, type_name, *_ in cursor.description or []]
        return types, cursor.fetchall()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise QueryError(f"{what}: {_first_line(error)}", hint=_remedy(error)) from error


def _remedy(error: duckdb.Error) -> str:
    if isinstance(error, duckdb.PermissionException):
        return "SQL sees the tables of the load and no files; give files as PATHs instead"
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        meant = _MEANT.search(str(error))
        suggestion = f"did you mean {meant[1]}?\n" if meant else ""
        return f"{suggestion}see the tables and columns with: sessiontrace schema"
    return "change the query; the tables and columns are in: sessiontrace schema"


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
    known = meanings(catalog)
    for name in PUBLIC_TABLES:
        for column, type_name, *_ in con.execute(f'describe "{name}"').fetchall():
            each = known[name].columns.get(column, ColumnMeaning(unit_of(column)))
            rows.append((name, column, type_name, each.unit, each.help))
    columns = (
        Column("table", "table", role="group"),
        Column("column", "column", role="group"),
        Column("type", "type"),
        Column("unit", "unit"),
        Column("meaning", "meaning"),
    )
    return Table("schema", "Tables of the store", columns, rows)


def make_folder(folder: Path) -> None:
    """Make a folder for an export, unless it is there and empty.

    Raises:
        UsageError: something is in it.
        StoreError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise UsageError(
                f"{folder} is not empty", hint="give a new folder; nothing is overwritten"
            )
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}", hint="choose another folder") from error


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
        raise UsageError(f"there is no export format {format_!r}", hint="use parquet, csv or json")
    make_folder(folder)
    written = []
    for name in tables:
        target = folder / f"{name}.{format_}"
        try:
            con.execute(f'copy (from "{name}") to ? {EXPORT_FORMATS[format_]}', [str(target)])
        except (duckdb.IOException, duckdb.PermissionException) as error:
            raise StoreError(
                f"{target}: {_first_line(error)}", hint="check the space left and the permissions"
            ) from error
        target.chmod(0o600)
        count = con.execute(f'select count(*) from "{name}"').fetchall()[0][0]
        written.append((name, int(count)))
    return written
