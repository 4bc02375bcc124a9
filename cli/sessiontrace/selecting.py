"""Which sessions the reports look at, and by what they are grouped: temporary views."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb

from sessiontrace.binding import sql_literal
from sessiontrace.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sessiontrace.options import Selection

# What an expression can hold beside columns, by DuckDB's class of node.
_REFUSED = {
    "SUBQUERY": "a subquery",
    "WINDOW": "a window function",
    "PARAMETER": "a parameter",
    "STAR": "a star",
}


_HINT = "write one expression over the columns of sessions, as in: turns > 3 and tier = 'pro'"


def apply(con: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    """Create `selected_sessions`: the sessions of a selection, all columns.

    Raises:
        UsageError: `where` is not one boolean expression over the columns of `sessions`.
    """
    conditions = []
    if selection.since_ns is not None:
        conditions.append(f"start_unix_ns >= {selection.since_ns}")
    if selection.until_ns is not None:
        conditions.append(f"start_unix_ns < {selection.until_ns}")
    for column, values in (
        ("service_name", selection.services),
        ("environment", selection.environments),
    ):
        if values:
            conditions.append(f"{column} in ({', '.join(map(sql_literal, values))})")
    if selection.where is not None:
        conditions.append(f"(\n{_checked(con, selection.where)}\n)")
    where = " where " + " and ".join(conditions) if conditions else ""
    con.execute(f"create or replace temp view selected_sessions as from sessions{where}")
    con.execute(
        "create or replace temp table groups (session_id varchar, name varchar, value varchar)"
    )


def check_form(where: str) -> None:
    """Check what can be known of a condition before anything is loaded.

    Raises:
        UsageError: it is not one expression, or holds what a condition may not hold.
    """
    filtered = _filtered(where)
    with duckdb.connect(":memory:") as con:
        text = con.execute("select json_serialize_sql(?::varchar)", [filtered]).fetchall()[0][0]
    parsed = json.loads(text)
    if parsed["error"] and "serialized" not in parsed["error_message"]:
        reason = parsed["error_message"].splitlines()[0]
        if 'near ")"' in reason:  # the bracket is ours
            reason = "syntax error: unfinished, or a bracket too many"
        raise UsageError(f"--where {where!r}: {reason}", hint=_HINT)
    nodes = [statement["node"] for statement in parsed.get("statements", [])]
    if len(nodes) != 1 or not _is_plain(nodes[0]):
        raise UsageError(f"--where {where!r} is more than one expression", hint=_HINT)
    for node in _walk(nodes[0]["where_clause"]):
        if node.get("class") in _REFUSED:
            held = _REFUSED[str(node["class"])]
            raise UsageError(f"--where {where!r} holds {held}", hint=_HINT)


def _filtered(where: str) -> str:
    """The condition on lines of its own, so that a comment in it ends with it."""
    return f"from sessions where (\n{where}\n)"


def _checked(con: duckdb.DuckDBPyConnection, where: str) -> str:
    """Return the condition if it is one boolean expression over the columns of `sessions`."""
    check_form(where)
    hint = _HINT
    filtered = _filtered(where)
    try:
        con.execute(f"describe {filtered}").fetchall()
        kind = con.execute(f"describe select (\n{where}\n) as chosen from sessions").fetchall()[0][
            1
        ]
    except duckdb.Error as error:
        raise UsageError(
            f"--where {where!r}: {str(error).splitlines()[0]}", hint=_column_hint(con, error, hint)
        ) from error
    if kind != "BOOLEAN":
        raise UsageError(f"--where {where!r} is {kind}, not true or false", hint=hint)
    return where


def _is_plain(node: dict[str, Any]) -> bool:
    """Whether a parsed SELECT has a condition on `sessions` and no other clause."""
    source = node.get("from_table", {})
    others = ("modifiers", "group_expressions", "group_sets", "having", "qualify", "sample")
    return (
        node.get("type") == "SELECT_NODE"
        and source.get("type") == "BASE_TABLE"
        and source.get("table_name") == "sessions"
        and not any(node.get(clause) for clause in others)
        and not node.get("cte_map", {}).get("map")
        and isinstance(node.get("where_clause"), dict)
    )


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from _walk(each)


def _column_hint(con: duckdb.DuckDBPyConnection, error: duckdb.Error, hint: str) -> str:
    parts = str(error).split('"')
    if len(parts) > 1:
        return f"{did_you_mean(parts[1], session_columns(con))}\n{hint}"
    return hint


def session_columns(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The columns of `sessions`."""
    return [row[0] for row in con.execute("describe sessions").fetchall()]


def group_by(con: duckdb.DuckDBPyConnection, name: str) -> int:
    """Fill `groups` for a column of sessions, a registered attribute or any attribute key.

    Returns:
        How many sessions show more than one value; the first observed one counts.

    Raises:
        UsageError: nothing has that name.
    """
    con.execute("delete from groups")
    column = _column_of(con, name)
    if column is not None:
        con.execute(
            f'insert into groups select session_id, ?, "{column}"::varchar from sessions', [name]
        )
        return 0
    con.execute(
        """
        create or replace temp table group_values as
        select
            context.session_id,
            any_value_of(shapes.attribute_keys, records.attribute_values, $name) as value,
            min(context.rank) as rank
        from span_records as records
        inner join span_context as context using (span_ord)
        inner join span_shapes as shapes using (shape_hash)
        where list_contains(shapes.attribute_keys, $name) and context.session_id is not null
        group by all
        """,
        {"name": name},
    )
    if not con.execute("select count(*) from group_values").fetchall()[0][0]:
        raise UsageError(
            f"--by {name}: no session has such an attribute",
            hint=did_you_mean(name, [*session_columns(con), *_keys(con)]),
        )
    con.execute(
        """
        insert into groups
        select sessions.session_id, $name, arg_min(value, rank)
        from sessions left join group_values using (session_id)
        group by sessions.session_id
        """,
        {"name": name},
    )
    several = """
        select count(*) from (
            select session_id from group_values where value is not null
            group by session_id having count(distinct value) > 1
        )
    """
    return int(con.execute(several).fetchall()[0][0])


def _column_of(con: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """The column of `sessions` that a column name, a logical name or a convention key means."""
    columns = session_columns(con)
    if name in columns:
        return name
    rows = con.execute(
        "select distinct name from attribute_registry where convention = $name or alias = $name",
        {"name": name},
    ).fetchall()
    renamed = {"session_type": "type"}
    found = [renamed.get(row[0], row[0]) for row in rows]
    return next((each for each in sorted(found) if each in columns), None)


def _keys(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute("select distinct unnest(attribute_keys) from span_shapes").fetchall()
    return [row[0] for row in rows if row[0] is not None]
