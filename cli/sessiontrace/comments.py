"""What the tables of a store and their columns mean, for `schema` and as comments in the store."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessiontrace.binding import sql_literal
from sessiontrace.catalog import queries_root

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import duckdb

    from sessiontrace.catalog import Catalog

_UNITS = {"_unix_ns": "ns", "_ms": "ms", "_usd": "usd", "_share": "0..1", "_tokens": "tokens"}


@dataclass(frozen=True, slots=True)
class ColumnMeaning:
    """Unit, empty where there is none, and meaning of a column."""

    unit: str = ""
    help: str = ""

    @property
    def comment(self) -> str:
        """One line: the meaning and the unit."""
        return f"{self.help} [{self.unit}]" if self.unit else self.help


@dataclass(frozen=True, slots=True)
class TableMeaning:
    """What a table holds, what one row is, and its columns that are described."""

    summary: str
    grain: str
    columns: Mapping[str, ColumnMeaning]

    @property
    def comment(self) -> str:
        """Two sentences."""
        return f"{self.summary} One row: {self.grain}."


def meanings(catalog: Catalog) -> dict[str, TableMeaning]:
    """Return the tables that are described: of the model, of the loader, and views."""
    found = {}
    for name, model in catalog.models.items():
        notes = {each.name: (each.unit or "", each.help) for each in model.columns.values()}
        found[name] = _table(model.summary, model.grain, notes)
    return found | _of_the_loader()


def unit_of(column: str) -> str:
    """Return the unit that a column's name carries."""
    return next((unit for suffix, unit in _UNITS.items() if column.endswith(suffix)), "")


def comment_tables(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Put every meaning into the store, where any SQL tool shows it."""
    rows = con.execute(
        """
        select tables.table_name, tables.table_type = 'VIEW', list(columns.column_name)
        from information_schema.tables as tables
        inner join information_schema.columns as columns
            using (table_catalog, table_schema, table_name)
        where tables.table_catalog = current_database() and tables.table_schema = 'main'
        group by all
        """
    ).fetchall()
    known = meanings(catalog)
    statements: list[str] = []
    for name, is_view, columns in rows:
        if name in known:
            statements += _comments(name, known[name], columns, is_view=is_view)
    if statements:
        con.execute(";\n".join(["begin", *statements, "commit"]))


def _comments(
    name: str, meaning: TableMeaning, columns: Collection[str], *, is_view: bool
) -> Iterable[str]:
    kind = "view" if is_view else "table"
    yield f'comment on {kind} "{name}" is {sql_literal(meaning.comment)}'
    for column in columns:
        each = meaning.columns.get(column)
        if each is not None and each.help:
            place = f'"{name}"."{column}"'
            yield f"comment on column {place} is {sql_literal(each.comment)}"


def _of_the_loader() -> dict[str, TableMeaning]:
    text = (queries_root() / "ingest" / "columns.toml").read_text("utf-8")
    found = {}
    for name, table in tomllib.loads(text).items():
        columns: list[dict[str, Any]] = table["columns"]
        notes = {each["name"]: (each.get("unit", ""), each["help"]) for each in columns}
        found[name] = _table(table["summary"], table["grain"], notes)
    return found


def _table(summary: str, grain: str, notes: Mapping[str, tuple[str, str]]) -> TableMeaning:
    columns = {
        name: ColumnMeaning(unit or unit_of(name), help_text)
        for name, (unit, help_text) in notes.items()
    }
    return TableMeaning(summary, grain, columns)
