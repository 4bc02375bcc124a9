"""The tokenizer sees what DuckDB sees."""

from __future__ import annotations

import duckdb
import pytest

from sessiontrace import sqltext


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("select * from a", {"a"}),
        ("from a select x", {"a"}),
        ("select * from a, b as c, d", {"a", "b", "d"}),
        ("select * from a join b on a.x = b.x, c where a.y in (select y from d)", set("abcd")),
        ("select * from (a join b using (i)) left join c on true", {"a", "b", "c"}),
        ("select * from a asof join b on a.t >= b.t", {"a", "b"}),
        ("with x as (select * from a) select * from x", {"a"}),
        ("with x(i) as materialized (select 1), y as (from a) select * from x, y", {"a"}),
        ("with recursive w as (select 1 i union all select i from w, a) from w", {"a"}),
        ("with x as (with y as (from a) from y) from x join b on true", {"a", "b"}),
        ("select extract(year from t), trim(both ' ' from n), substring(n from 2) from a", {"a"}),
        ("select x is distinct from y, x is not distinct from y from a", {"a"}),
        ("select distinct from_node from a", {"a"}),
        ("select * from unnest([1]) as u(v), range(3), a", {"a"}),
        ("select * from a, lateral (select * from b) c", {"a", "b"}),
        ("select * from (values (1), (2)) v(a), b", {"b"}),
        ('select * from main.a, memory.main."B"', {"a", "b"}),
        ("select * from information_schema.tables", set()),
        ("select * from 'file.csv'", set()),
        ("select 'from b' -- from c\n /* from d /* from e */ from f */ from a", {"a"}),
        ("select $$ from b $$, $q$ from c $q$, E'\\' from d' from a", {"a"}),
        ("select count(*) filter (where x) over (partition by y order by z), w from a", {"a"}),
        ("from a union all from b except select * from c order by all", {"a", "b", "c"}),
        ("select (select max(x) from b), c from a group by all having x > 1, y", {"a", "b"}),
    ],
)
def test_tables_are_the_ones_that_are_read(sql: str, tables: set[str]) -> None:
    assert sqltext.names(sql).tables == tables


def test_duckdb_agrees_on_the_tables() -> None:
    sql = """
        with a as (select * from t1), b as (select * from a join t2 on true)
        select (select max(x) from t3), x is distinct from y
        from b, t4, lateral (select * from t5) l
        where exists (from t6) and extract(year from d) = 1
    """
    with duckdb.connect() as connection:
        assert sqltext.names(sql).tables == connection.get_table_names(sql)


def test_parameters_are_found_outside_strings_and_comments() -> None:
    sql = "select $b::INTEGER, '$c', $$ $d $$, \"$e\" -- $f\n/* $g */ where x$y = $a::VARCHAR or $b"
    assert sqltext.parameter_names(sql) == ("b", "a")


def test_duckdb_agrees_on_the_parameters() -> None:
    sql = "select $b::INTEGER, '$c', $$ $d $$, $tag$ $h $tag$ -- $f\n or $a_1::VARCHAR = 'it''s $i'"
    statement = duckdb.extract_statements(sql)[0]
    assert set(sqltext.parameter_names(sql)) == set(statement.named_parameters)


def test_macros_are_found_with_the_functions_they_call() -> None:
    names = sqltext.names(
        "create or replace macro wilson(k, n) as lower_bound(k, n);\n"
        "create macro spans_of(s) as table select * from spans where session_id = s"
    )
    assert names.defined == {"wilson", "spans_of"}
    assert "lower_bound" in names.functions
    assert names.tables == {"spans"}


@pytest.mark.parametrize(
    ("sql", "count"),
    [("select 1", 1), ("select 1;", 1), ("select ';' ; -- ; \n", 1), ("select 1; select 2", 2)],
)
def test_statements_are_counted(sql: str, count: int) -> None:
    assert sqltext.statements(sql) == count


def test_tokens_cover_the_text_in_order() -> None:
    sql = "with é as (select 1_000.5e3, x::INT, 'a''b' from \"Ta\"\"ble\") select * from é -- ende"
    pieces = [(token.start, token.end) for token in sqltext.tokens(sql)]
    assert [sql[a:b] for a, b in pieces] == [token.text for token in sqltext.tokens(sql)]
    assert "".join(sql[a:b] for a, b in pieces if "--" not in sql[a:b]) in sql.replace(" ", "")


@pytest.mark.parametrize(
    "sql", ["select 'open", "select /* open", "select $$ open", 'select "x', "("]
)
def test_unfinished_text_is_no_error(sql: str) -> None:
    assert list(sqltext.tokens(sql))
    assert sqltext.names(sql).tables == frozenset()
