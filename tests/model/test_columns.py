"""The public tables: the columns that are promised, and that each says what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conftest import REPOSITORY

from sessiontrace.answers import PUBLIC_TABLES
from sessiontrace.catalog import Catalog
from sessiontrace.comments import comment_tables, meanings
from sessiontrace.options import LoadOptions
from sessiontrace.store import connect
from sessiontrace.workspace import load_store, schema_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

SAMPLE = REPOSITORY / "sample_traces" / "frameworks" / "langfuse" / "traces.jsonl"

# More columns are welcome; these are what people's queries rest on.
PROMISED = {
    "sources": """
        source_id path container producer compression bytes digest records loaded empty
        other_signal rejected spans_seen spans duplicate_spans rejected_spans""",
    "rejects": "source_id line_no pointer reason detail",
    "ingest_notes": "source_id trace_id span_id code key detail",
    "spans": """
        trace_id span_id parent_span_id name kind start_time end_time start_unix_ns end_unix_ns
        duration_ms status_code status_message service_name environment scope_name scope_version
        attributes resource_attributes source_id session_id session_id_source conversation_id
        user_id turn_id convention""",
    "span_events": "trace_id span_id time name attributes",
    "span_links": "trace_id span_id time name attributes",
    "events": "session_id user_id conversation_id time ord kind name turn_index attributes",
    "llm_calls": """
        trace_id span_id turn_id session_id agent_run_id model provider input_tokens
        output_tokens total_tokens cached_input_tokens reasoning_tokens cost_usd finish_reason
        start_time duration_ms is_error is_counted""",
    "tool_calls": """
        trace_id span_id turn_id session_id agent_run_id tool_name start_time duration_ms
        is_error""",
    "agent_runs": """
        agent_run_id trace_id turn_id session_id agent_name llm_calls tool_calls start_time
        duration_ms is_error""",
    "turns": """
        turn_id trace_id session_id conversation_id user_id turn_index turn_number
        turn_number_source turn_number_declared start_time end_time duration_ms intent
        agent_action input_type output_type input_length output_length has_attachments
        agent_runs llm_calls tool_calls input_tokens output_tokens cost_usd context_tokens
        context_share is_error""",
    "conversations": """
        session_id conversation_id topic turns start_time end_time max_context_tokens
        max_context_share context_limit prunes messages_pruned""",
    "sessions": """
        session_id session_source user_id org_id tier type channel client_version locale
        service_name environment start_time end_time wall_ms active_ms sittings traces
        conversations turns agent_runs llm_calls tool_calls input_tokens output_tokens
        total_tokens cost_usd errors end_state end_reason is_dropped is_censored
        last_turn_index last_intent last_agent_action last_tool last_error last_finish_reason
        last_wait_ms last_stage satisfaction""",
    "users": """
        user_id user_id_class sessions turns first_seen last_seen active_days tier org_id""",
    "journey_stages": """
        session_id journey stage user_id stage_number total_stages reached_at turn_index
        time_in_stage_ms is_converted""",
    "evaluations": "session_id turn_id trace_id span_id name score label source",
}


@pytest.fixture(scope="module")
def columns() -> dict[str, dict[str, str]]:
    """Table -> column -> meaning, as `schema` prints them."""
    found: dict[str, dict[str, str]] = {}
    for table, column, _, _, meaning in schema_table().rows:
        found.setdefault(str(table), {})[str(column)] = str(meaning)
    return found


def test_every_promised_column_is_there(columns: dict[str, dict[str, str]]) -> None:
    assert PROMISED.keys() == set(PUBLIC_TABLES)
    missing = {
        table: absent
        for table, names in PROMISED.items()
        if (absent := set(names.split()) - columns[table].keys())
    }
    assert missing == {}


def test_declared_totals_stand_beside_the_observed_ones(
    columns: dict[str, dict[str, str]],
) -> None:
    for table in ("sessions", "users", "turns", "conversations", "journey_stages"):
        assert any(name.startswith("declared_") for name in columns[table])


def test_every_column_says_what_it_means(columns: dict[str, dict[str, str]]) -> None:
    silent = [
        f"{table}.{column}"
        for table, found in columns.items()
        for column, meaning in found.items()
        if not meaning
    ]
    assert silent == []


def test_no_description_outlives_its_column(columns: dict[str, dict[str, str]]) -> None:
    known = meanings(Catalog.load())
    stale = [
        f"{table}.{column}"
        for table in PUBLIC_TABLES
        for column in known[table].columns
        if column not in columns[table]
    ]
    assert stale == []


def test_schema_prints_every_column(
    command: Callable[..., CompletedProcess[str]], columns: dict[str, dict[str, str]]
) -> None:
    printed = command("schema", "--format", "csv").stdout.splitlines()
    assert len(printed) == 1 + sum(len(found) for found in columns.values())
    assert command("schema", "sessions").stdout.count("end_reason") >= 1


def test_a_store_says_what_its_columns_mean(
    tmp_path: Path, columns: dict[str, dict[str, str]]
) -> None:
    store = tmp_path / "traces.duckdb"
    load_store([str(SAMPLE)], store, LoadOptions())
    con = connect(store, tmp_path, LoadOptions().resources)
    comment_tables(con, Catalog.load())
    tables = con.execute(
        "select table_name from duckdb_tables() where comment is not null union all "
        "select view_name from duckdb_views() where comment is not null"
    ).fetchall()
    assert {row[0] for row in tables} >= set(PUBLIC_TABLES)
    silent = con.execute(
        "select table_name, column_name from duckdb_columns() "
        "where comment is null and list_contains(?, table_name)",
        [list(PUBLIC_TABLES)],
    ).fetchall()
    assert silent == []
