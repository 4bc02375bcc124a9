"""SQL of users: one SELECT that reads tables, and conditions that are one expression."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.ingest.exports import line, span

from sessiontrace.errors import QueryError, SessionTraceError, UsageError
from sessiontrace.options import Selection
from sessiontrace.render import render_table
from sessiontrace.render.types import Screen
from sessiontrace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    export = tmp_path_factory.mktemp("sql") / "traces.jsonl"
    export.write_bytes(line([span(1, {"session.id": "s1", "user.id": "u1"})]))
    with Workspace.open([str(export)]) as opened:
        yield opened


@pytest.mark.parametrize(
    "statement",
    [
        "copy sessions to '{folder}/out.csv'",
        "attach '{folder}/other.db'",
        "install httpfs",
        "load httpfs",
        "pragma database_size",
        "set threads = 1",
        "reset threads",
        "create table mine as from sessions",
        "insert into groups values ('a', 'b', 'c')",
        "delete from span_records",
        "drop view spans",
        "checkpoint",
        "vacuum",
        "call pragma_version()",
        "select 1; select 2",
        "select 1; copy sessions to '{folder}/out.csv'",
        "with a as (insert into groups values ('a', 'b', 'c') returning *) select * from a",
        "with a as (delete from span_records returning 1) select * from a",
        "select * from (with a as (update groups set name = '' returning 1) select * from a)",
        "with a as (copy sessions to '{folder}/out.csv') select 1",
        "pivot sessions on channel",
        "",
        ";",
        "-- nothing",
        "selec 1",
        "select nextval('span_ord_seq')",
    ],
)
def test_only_one_select_that_reads(workspace: Workspace, tmp_path: Path, statement: str) -> None:
    before = workspace.rows("select count(*) from span_records")
    with pytest.raises(QueryError) as raised:
        workspace.sql(statement.format(folder=tmp_path))
    assert raised.value.hint
    assert "\n" not in raised.value.message
    assert list(tmp_path.iterdir()) == []
    assert workspace.rows("select count(*) from span_records") == before


@pytest.mark.parametrize(
    "source",
    [
        "read_text('/etc/passwd')",
        "read_blob('/etc/passwd')",
        "read_csv('/etc/passwd')",
        "read_json('/etc/passwd')",
        "read_parquet('/etc/passwd')",
        "sniff_csv('/etc/passwd')",
        "glob('/etc/*')",
        "'/etc/passwd'",
        "'x.csv'",
        "duckdb_secrets()",
    ],
)
def test_no_file_can_be_read(workspace: Workspace, source: str) -> None:
    with pytest.raises(QueryError) as raised:
        workspace.sql(f"select * from {source}")
    assert raised.value.hint


def test_refused_files_are_explained(workspace: Workspace) -> None:
    with pytest.raises(QueryError, match="disabled by configuration") as raised:
        workspace.sql("from read_text('/etc/passwd')")
    assert raised.value.hint is not None
    assert "give files as PATHs" in raised.value.hint


def test_python_variables_are_no_tables(workspace: Workspace) -> None:
    statement = "from rows"
    rows = [statement]
    with pytest.raises(QueryError, match="rows does not exist"):
        workspace.sql(rows[0])


@pytest.mark.parametrize(
    ("wrong", "right"), [("select turn from sessions", "turns"), ("from session", "sessions")]
)
def test_a_misspelt_name_is_corrected(workspace: Workspace, wrong: str, right: str) -> None:
    with pytest.raises(QueryError) as raised:
        workspace.sql(wrong)
    assert raised.value.hint is not None
    assert f"did you mean {right}?" in raised.value.hint


@pytest.mark.parametrize(
    "statement",
    [
        "from sessions",
        "values (1)",
        "describe sessions",
        "summarize sessions",
        "show tables",
        "with a as (select 1) from a",
        "select 1;",
        "select 1 -- done",
        "table sessions",
        "with recursive a as (select 1 as n union all select n + 1 from a where n < 3) from a",
    ],
)
def test_what_reads_runs(workspace: Workspace, statement: str) -> None:
    assert workspace.sql(statement).rows


def test_json_is_an_array_of_rows_with_exact_integers(workspace: Workspace) -> None:
    table = workspace.sql(
        "select 9007199254740993 as big, 170141183460469231731687303715884105727 as huge, "
        "1.10::decimal(4, 2) as price, [9007199254740993] as list, null as nothing"
    )
    text = render_table(table, "json", Screen(100, False, False))
    assert json.loads(text) == [
        {
            "big": 2**53 + 1,
            "huge": 2**127 - 1,
            "price": 1.1,
            "list": [2**53 + 1],
            "nothing": None,
        }
    ]


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("session_id in (select session_id from sessions)", "a subquery"),
        ("exists (from read_text('/etc/passwd'))", "a subquery"),
        ("row_number() over () = 1", "a window function"),
        ("count(*) > 1", "aggregates"),
        ("turns = $1", "a parameter"),
        ("turns = ?", "a parameter"),
        ("columns(*) is null", "a star"),
        ("unnest([true])", "UNNEST"),
        ("1=1) union select * from (values (1)", "more than one expression"),
        ("1=1) union all from sessions where (1=1", "more than one expression"),
        ("true) order by (turns", "more than one expression"),
        ("true) limit (1", "more than one expression"),
        ("true) group by (turns", "more than one expression"),
        ("true) qualify (true", "more than one expression"),
        ("true; drop table span_records", "syntax error"),
        ("true); drop table span_records; select (1", "more than one expression"),
        ("true) -- ", "syntax error"),
        ("true /*", "unterminated"),
        ("", "not true or false"),
        ("turns", "not true or false"),
        ("'yes'", "not true or false"),
        ("nosuch > 1", "not found"),
        ("nosuch(turns) > 1", "does not exist"),
    ],
)
def test_a_condition_is_one_expression(workspace: Workspace, where: str, reason: str) -> None:
    with pytest.raises(UsageError) as raised:
        workspace.select(Selection(where=where))
    assert reason in raised.value.message
    assert raised.value.hint
    assert "\n" not in raised.value.message
    workspace.select(Selection())
    assert workspace.rows("select count(*) from selected_sessions") == [(1,)]


def test_a_misspelt_column_is_corrected(workspace: Workspace) -> None:
    with pytest.raises(UsageError) as raised:
        workspace.select(Selection(where="chanel = 'web'"))
    assert raised.value.hint is not None
    assert "did you mean channel?" in raised.value.hint


@pytest.mark.parametrize(
    ("where", "sessions"),
    [
        ("turns >= 1 and user_id = 'u1'", 1),
        ("turns > 3 -- a comment", 0),
        ("user_id = 'it''s -- no comment'", 0),
        ("session_id like 's%' or channel is null", 1),
        ("turns between 1 and 2", 1),
        ("turns in (1, 2)", 1),
        ("case when turns = 1 then true else false end", 1),
    ],
)
def test_conditions_that_are_one_expression(
    workspace: Workspace, where: str, sessions: int
) -> None:
    workspace.select(Selection(where=where))
    assert workspace.rows("select count(*) from selected_sessions") == [(sessions,)]
    workspace.select(Selection())


def test_a_condition_that_fails_on_a_value_is_no_bug(workspace: Workspace) -> None:
    workspace.select(Selection(where="user_id::integer = 1"))
    with pytest.raises(SessionTraceError) as raised:
        workspace.report("session_length")
    assert raised.value.hint
    workspace.select(Selection())
