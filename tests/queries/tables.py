"""The public tables, filled by hand: what the reports are tested on.

A row is a mapping of column to value; what it leaves out is NULL. Only columns that a report reads
are here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb

from sessiontrace.binding import bind
from sessiontrace.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Row = dict[str, Any]
Tables = dict[str, list[Row]]

CATALOG = Catalog.load()
NOON = datetime(2026, 3, 2, 12)

COLUMNS: dict[str, str] = {
    "sources": """
        path varchar, bytes bigint, records bigint, loaded bigint, empty bigint,
        other_signal bigint, rejected bigint, spans_seen bigint, spans bigint,
        duplicate_spans bigint, rejected_spans bigint""",
    "rejects": "source_id varchar, line_no bigint, reason varchar",
    "spans": """
        trace_id varchar, span_id varchar, parent_span_id varchar, name varchar,
        start_unix_ns bigint, end_unix_ns bigint, service_name varchar, environment varchar,
        session_id varchar, session_id_source varchar, user_id varchar, convention varchar,
        scope_name varchar, turn_id varchar, semantic_kind varchar, is_error boolean,
        depth integer, turn_index bigint, start_time timestamp, duration_ms double""",
    "trace_facts": "trace_id varchar, side_task varchar, turn_rule varchar",
    "sampling_signs": """
        trace_id varchar, sign varchar, place varchar, is_head boolean, kept_share double""",
    "llm_calls": """
        trace_id varchar, span_id varchar, model varchar, input_tokens bigint,
        output_tokens bigint, total_tokens bigint, cost_usd decimal(18, 9),
        is_counted boolean, finish_reason varchar, error_type varchar""",
    "tool_calls": """
        trace_id varchar, span_id varchar, session_id varchar, tool_name varchar,
        is_error boolean, error_type varchar""",
    "agent_runs": "trace_id varchar, span_id varchar, agent_name varchar",
    "turns": """
        turn_id varchar, trace_id varchar, session_id varchar, conversation_id varchar,
        span_id varchar, user_id varchar, turn_index bigint, turn_number bigint,
        turn_number_source varchar, start_time timestamp, end_time timestamp,
        start_unix_ns bigint, end_unix_ns bigint, duration_ms double, intent varchar,
        agent_action varchar, input_type varchar, output_type varchar, input_length bigint,
        output_length bigint, has_attachments boolean, agent_runs bigint, llm_calls bigint,
        tool_calls bigint, input_tokens bigint, output_tokens bigint, cost_usd decimal(18, 9),
        context_tokens bigint, context_share double, is_error boolean, last_tool varchar,
        last_failed_tool varchar, last_finish_reason varchar,
        turn_number_declared bigint, roles varchar, total_tokens bigint, context_limit bigint,
        context_current_tokens bigint, context_new_tokens bigint, messages_in_context bigint,
        context_pruned boolean, messages_pruned bigint, journey_stage varchar,
        declared_agent_runs bigint, declared_tool_calls bigint, declared_latency_ms double,
        tool_errors bigint, error_type varchar""",
    "conversations": """
        session_id varchar, conversation_id varchar, max_context_tokens bigint,
        max_context_share double, context_limit bigint, prunes bigint, messages_pruned bigint,
        is_declared boolean, topic varchar, turns bigint, start_time timestamp,
        end_time timestamp, start_unix_ns bigint, max_messages_in_context bigint,
        context_checks bigint, declared_turns bigint, declared_session_id varchar""",
    "sessions": """
        session_id varchar, session_source varchar, user_id varchar, org_id varchar, tier varchar,
        type varchar, channel varchar, client_version varchar, locale varchar,
        service_name varchar, environment varchar, start_time timestamp, end_time timestamp,
        end_unix_ns bigint, wall_ms double, active_ms double, sittings bigint, traces bigint,
        conversations bigint, turns bigint, agent_runs bigint, llm_calls bigint, tool_calls bigint,
        input_tokens bigint, output_tokens bigint, total_tokens bigint, cost_usd decimal(18, 9),
        errors bigint, end_state varchar, end_reason varchar, end_class varchar,
        is_dropped boolean, is_censored boolean, last_turn_index bigint, last_intent varchar,
        last_agent_action varchar, last_tool varchar, last_error varchar,
        last_finish_reason varchar, last_wait_ms double, last_stage varchar, satisfaction double,
        has_end boolean, declared_dropoff boolean, declared_inactive_timeout boolean,
        release varchar, start_unix_ns bigint, spans bigint, failed_turns bigint,
        tool_errors bigint, cached_input_tokens bigint, reasoning_tokens bigint,
        calls_with_usage bigint, max_context_share double, last_context_share double,
        goal_turn_index bigint, declared_start_time timestamp, declared_end_time timestamp,
        declared_duration_ms bigint, declared_total_turns bigint, declared_total_tokens bigint,
        declared_total_cost_usd double, declared_avg_turn_latency_ms double,
        declared_avg_turn_tokens double, declared_idle_time_ms bigint,
        declared_dropoff_last_turn bigint, declared_dropoff_last_intent varchar,
        declared_dropoff_last_action varchar, declared_dropoff_time_since_last_turn_ms bigint""",
    "users": """
        user_id varchar, user_id_class varchar, sessions bigint, first_unix_ns bigint,
        first_seen timestamp, last_seen timestamp, active_days bigint,
        declared_sessions_total bigint, declared_avg_session_length double,
        declared_retention_days double""",
    "journey_stages": """
        session_id varchar, journey varchar, stage varchar, stage_number bigint,
        total_stages bigint, reached_unix_ns bigint, turn_index bigint, is_converted boolean,
        converted_unix_ns bigint,
        reached_at timestamp, time_in_stage_ms bigint, converted_turn_index bigint,
        declared_conversion_turn bigint, declared_conversion_time_ms bigint""",
    "evaluations": """
        session_id varchar, name varchar, score double, label varchar, source varchar,
        trace_id varchar, span_id varchar, turn_index bigint""",
    "content_spans": """
        rank bigint, trace_id varchar, span_id varchar, session_id varchar,
        conversation_id varchar, turn_index bigint, key varchar, shape varchar,
        user_messages bigint, messages bigint, bytes bigint""",
    "groups": "session_id varchar, name varchar, value varchar",
}


def at(seconds: float) -> datetime:
    """Return a moment after noon."""
    return NOON + timedelta(seconds=seconds)


def ns(seconds: float) -> int:
    """Return the same moment in nanoseconds since 1970."""
    return round((at(seconds) - datetime(1970, 1, 1)).total_seconds()) * 1_000_000_000


def macros() -> duckdb.DuckDBPyConnection:
    """Return an engine that knows the macros and no table."""
    con = duckdb.connect(config={"threads": "2"})
    con.execute("set timezone = 'UTC'")
    for name in sorted(CATALOG.macros):
        con.execute(CATALOG.macros[name].sql)
    return con


def store(
    tables: Mapping[str, Iterable[Row]] | None = None, *, selected: str = "true"
) -> duckdb.DuckDBPyConnection:
    """Return a store with these rows; `selected` is the condition of the sessions reported on."""
    con = macros()
    for name, columns in COLUMNS.items():
        con.execute(f"create table {name} ({columns})")
    for name, rows in (tables or {}).items():
        given = list(rows)
        keys = list(dict.fromkeys(key for row in given for key in row))
        if given:
            marks = ", ".join(f"({', '.join('?' for _ in keys)})" for _ in given)
            con.execute(
                f"insert into {name} ({', '.join(keys)}) values {marks}",
                [row.get(key) for row in given for key in keys],
            )
    con.execute(
        "create view span_labels as select * replace (case when end_unix_ns >= start_unix_ns "
        "then end_unix_ns end as end_unix_ns), trace_id as trace_ord from spans"
    )
    con.execute(f"create view selected_sessions as select * from sessions where {selected}")
    return con


def report(con: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> list[Row]:
    """Run a report and return its rows."""
    cursor = con.execute(*bind(CATALOG.report(name), parameters))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def pick(rows: Iterable[Row], **wanted: object) -> Row:
    """Return the only row with these values."""
    found = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    assert len(found) == 1, (wanted, found)
    return found[0]
