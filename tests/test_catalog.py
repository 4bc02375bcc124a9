"""The catalog finds every .sql file, refuses broken ones by name, and orders the model."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from sessiontrace import sqltext
from sessiontrace.binding import bind, literal, sql_literal
from sessiontrace.catalog import Catalog, queries_root
from sessiontrace.errors import CatalogError, SessionTraceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

MODEL = """-- /// sessiontrace
-- title = "A table"
-- summary = "What it holds."
-- grain = "one thing"
-- key = ["id"]
-- ///
"""
REPORT = """-- /// sessiontrace
-- title = "A report"
-- summary = "What it answers."
-- ///
"""


@pytest.fixture
def queries(tmp_path: Path) -> Write:
    """Write files below a folder of queries and return the folder."""

    def write(**texts: str) -> Path:
        root = tmp_path / "queries"
        for name, text in texts.items():
            folder, _, stem = name.partition("__")
            path = root / folder / f"{stem}.sql"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    return write


def test_every_built_in_file_keeps_the_rules() -> None:
    catalog = Catalog.load()
    catalog.check()
    folders = ("macros", "model", "reports", "rules")
    files = {path for folder in folders for path in (queries_root() / folder).glob("*.sql")}
    assert {file.path for file in catalog.files()} == files


def test_duckdb_sees_the_same_parameters_in_every_built_in_file() -> None:
    for file in Catalog.load().files():
        statements = duckdb.extract_statements(file.sql)
        named = {name for statement in statements for name in statement.named_parameters}
        assert set(sqltext.parameter_names(file.sql)) == named, file.label


def test_a_header_says_what_a_file_is(queries: Write) -> None:
    root = queries(
        reports__top="""-- /// sessiontrace
-- title = "Top"
-- summary = "The top."
--
-- [parameters.n]
-- type = "INTEGER"
-- default = 10
-- [[columns]]
-- name = "share"
-- unit = "share"
-- role = "value"
-- help = "of all"
-- ///
--
-- Why: `exports/*.jsonl` would open a block comment.
select 1.0 as share limit $n::INTEGER;
"""
    )
    report = Catalog.load(root=root).report("top")
    assert (report.name, report.title, report.summary) == ("top", "Top", "The top.")
    assert report.sql.endswith("limit $n::INTEGER")
    assert report.sql.startswith("--\n-- Why:")
    assert (report.parameters["n"].type, report.parameters["n"].default) == ("INTEGER", 10)
    column = report.columns["share"]
    assert (column.unit, column.role, column.type) == ("share", "value", None)
    assert report.label == "queries/reports/top.sql"


def test_windows_line_ends_and_a_byte_order_mark_are_read(queries: Write) -> None:
    root = queries(reports__a="\ufeff" + (REPORT + "select 1").replace("\n", "\r\n"))
    assert Catalog.load(root=root).report("a").sql == "select 1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1", "queries/reports/a.sql has no header"),
        ("-- /// sessiontrace\nselect 1", "queries/reports/a.sql:2: a header line begins"),
        ("-- /// sessiontrace\n-- title = 'x'", "has no closing line"),
        ("-- /// sessiontrace\n-- title = x\n-- ///\nselect 1", "the header is not TOML"),
        ("-- /// sessiontrace\n-- title = 'x'\n-- ///\nselect 1", "the header has no 'summary'"),
        (REPORT.replace("summary", "sumary") + "select 1", "unknown header member 'sumary'"),
        (REPORT, "holds 0 statements"),
        (REPORT + "select 1; select 2", "holds 2 statements"),
        (REPORT + "drop table spans", "begins with 'drop'"),
        (REPORT + "select $n::INTEGER", "uses $n, which its header does not declare"),
        (
            REPORT.replace("-- ///\n", "-- [parameters.n]\n-- type = 'INTEGER'\n-- ///\n")
            + "select $n",
            "uses $n without a cast",
        ),
        (
            REPORT.replace("-- ///\n", "-- [parameters.n]\n-- type = 'INTEGER'\n-- ///\n")
            + "select 1",
            "declares 'n' and never uses $n",
        ),
        (
            REPORT.replace("-- ///\n", "-- [parameters.n]\n-- typ = 'INTEGER'\n-- ///\n")
            + "select $n::INTEGER",
            "n: unknown header member 'typ'",
        ),
        (
            REPORT.replace("-- ///\n", "-- [[columns]]\n-- name = 'x'\n-- role = 'y'\n-- ///\n")
            + "select 1",
            "x: unknown role 'y'",
        ),
    ],
)
def test_a_broken_file_is_named(queries: Write, text: str, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        Catalog.load(root=queries(reports__a=text)).check()
    assert message in caught.value.message
    assert "queries/reports/a.sql" in caught.value.message


def test_a_macro_file_needs_no_header_but_a_macro(queries: Write) -> None:
    root = queries(macros__a="create or replace macro one() as 1;\ncreate macro two() as 2;")
    catalog = Catalog.load(root=root)
    catalog.check()
    assert catalog.macros["a"].names.defined == {"one", "two"}
    with pytest.raises(CatalogError, match="defines no macro"):
        Catalog.load(root=queries(macros__b="select 1")).check()


def test_the_build_order_follows_the_references_and_then_the_names(queries: Write) -> None:
    root = queries(
        model__d=MODEL + "select * from a join c using (id)",
        model__c=MODEL + "with c as (select * from b) select * from c",
        model__b=MODEL + "select 'from d' as id from spans -- from d",
        model__a=MODEL + "select * from spans",
        model__z=MODEL + "select last_of() as id",
        macros__m="create macro last_of() as (select max(id) from d)",
    )
    assert Catalog.load(root=root).build_order(given=["spans"]) == ["a", "b", "c", "d", "z"]


def test_a_cycle_names_its_files(queries: Write) -> None:
    root = queries(
        model__a=MODEL + "from b",
        model__b=MODEL + "from c",
        model__c=MODEL + "from b, d",
        model__d=MODEL + "select 1 as id",
    )
    with pytest.raises(CatalogError) as caught:
        Catalog.load(root=root).build_order()
    assert caught.value.message == (
        "the tables of queries/model/b.sql → queries/model/c.sql → queries/model/b.sql"
        " need each other"
    )


def test_an_unknown_table_names_the_file_and_the_missing_one(queries: Write) -> None:
    root = queries(model__turns=MODEL + "from sesions", model__sessions=MODEL + "select 1 as id")
    with pytest.raises(CatalogError) as caught:
        Catalog.load(root=root).build_order()
    assert caught.value.message == (
        "queries/model/turns.sql reads 'sesions', and there is no model/sesions.sql"
    )
    assert caught.value.hint == "did you mean sessions?"


def test_a_cte_must_not_hide_a_table(queries: Write) -> None:
    root = queries(
        model__turns=MODEL + "select 1 as id",
        reports__a=REPORT + "with turns as (select 2) select * from turns",
    )
    with pytest.raises(CatalogError, match="the CTE 'turns' hides the table"):
        Catalog.load(root=root).check()


def test_a_users_folder_adds_and_never_replaces(queries: Write, tmp_path: Path) -> None:
    root = queries(reports__a=REPORT + "select 1")
    mine = tmp_path / "mine" / "reports"
    mine.mkdir(parents=True)
    (mine / "b.sql").write_text(REPORT + "select 2")
    catalog = Catalog.load(mine.parent, root=root)
    assert [(name, file.is_builtin) for name, file in catalog.reports.items()] == [
        ("a", True),
        ("b", False),
    ]
    (mine / "a.sql").write_text(REPORT + "select 3")
    with pytest.raises(CatalogError, match=r"reports/a\.sql and .*reports/a\.sql are both 'a'"):
        Catalog.load(mine.parent, root=root)


def test_a_users_file_is_checked_when_it_is_loaded(queries: Write, tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "reports"
    mine.mkdir(parents=True)
    (mine / "b.sql").write_text(REPORT + "delete from spans")
    with pytest.raises(CatalogError, match=r"mine/reports/b\.sql begins with 'delete'"):
        Catalog.load(mine.parent, root=queries(reports__a=REPORT + "select 1"))


@pytest.mark.parametrize("layout", ["missing", "loose", "empty"])
def test_a_folder_that_is_no_catalog_is_refused(tmp_path: Path, layout: str) -> None:
    extra = tmp_path / layout
    if layout != "missing":
        extra.mkdir()
    if layout == "loose":
        (extra / "a.sql").write_text("select 1")
    with pytest.raises(UsageError, match=str(extra)):
        Catalog.load(extra)


def test_an_unknown_report_brings_the_nearest_one(queries: Write) -> None:
    catalog = Catalog.load(root=queries(reports__session_length=REPORT + "select 1"))
    with pytest.raises(UsageError) as caught:
        catalog.report("sesion_length")
    assert caught.value.hint == "did you mean session_length?"


PARAMETERS = """-- /// sessiontrace
-- title = "A report"
-- summary = "What it answers."
-- [parameters.top]
-- type = "INTEGER"
-- default = 10
-- [parameters.name]
-- type = "VARCHAR"
-- [parameters.share]
-- type = "DOUBLE"
-- default = 0.5
-- ///
select '$top' as a, $top::INTEGER as b, $name::VARCHAR as c -- $share
, $share::DOUBLE as d, $top::INTEGER as e"""


def test_binding_gives_exactly_the_parameters_that_are_named(queries: Write) -> None:
    report = Catalog.load(root=queries(reports__a=PARAMETERS)).report("a")
    sql, bound = bind(report, {"top": "-3"})
    assert bound == {"top": -3, "name": None, "share": 0.5}
    with duckdb.connect() as connection:
        assert connection.execute(sql, bound).fetchall() == [("$top", -3, None, 0.5, -3)]


def test_literals_print_a_statement_that_runs_as_it_is(queries: Write) -> None:
    report = Catalog.load(root=queries(reports__a=PARAMETERS)).report("a")
    values = {"top": -3, "name": "it's -- $top\n/* */ 'x"}
    with duckdb.connect() as connection:
        printed = connection.execute(literal(report, values)).fetchall()
        assert printed == connection.execute(*bind(report, values)).fetchall()


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        ({"tpo": 1}, "a has no parameter 'tpo'", "did you mean top?"),
        ({"top": "many"}, "top: 'many' is not INTEGER", None),
    ],
)
def test_wrong_values_are_explained(
    queries: Write, values: dict[str, object], message: str, hint: str | None
) -> None:
    report = Catalog.load(root=queries(reports__a=PARAMETERS)).report("a")
    with pytest.raises(UsageError) as caught:
        bind(report, values)
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, -1, 2**62, -(2**63), 1.5, -0.1, 1e300, float("inf"), "", "it's",
        "\\n", "\n", "é", Decimal("12.345000"), date(2026, 2, 28),
        timedelta(days=-1, microseconds=5), datetime(2026, 2, 28, 1, 2, 3, 456789),
        [1, None, 3], ["a", "b'"],
    ],
)  # fmt: skip
def test_a_literal_means_what_the_value_means(value: object) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(f"select {sql_literal(value)}").fetchall() == [(value,)]


def test_a_time_with_a_zone_becomes_utc() -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(hours=1)
    assert sql_literal(at) == "TIMESTAMP '2026-01-01 13:00:00'"


@pytest.mark.parametrize("value", ["a\0b", object()])
def test_what_sql_text_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(SessionTraceError):
        sql_literal(value)
