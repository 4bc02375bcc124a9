"""Peer: chDB (ClickHouse in the process) inserts spans with a Map into a MergeTree table on disk.

The table has the columns of `otel_traces`, the schema of the OpenTelemetry Collector's ClickHouse
exporter, and its sorting key. What was tried to make it fast is in bench/README.md.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

Session: Any = import_module("chdb.session").Session  # ships no types

TABLE = """
CREATE TABLE otel.otel_traces (
    Timestamp DateTime64(9),
    TraceId String,
    SpanId String,
    ParentSpanId String,
    TraceState String,
    SpanName LowCardinality(String),
    SpanKind LowCardinality(String),
    ServiceName LowCardinality(String),
    ResourceAttributes Map(LowCardinality(String), String),
    ScopeName String,
    ScopeVersion String,
    SpanAttributes Map(LowCardinality(String), String),
    Duration UInt64,
    StatusCode LowCardinality(String),
    StatusMessage String
) ENGINE = MergeTree ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
"""

# A value object has one member; its text is the value, whatever its kind.
ATTRIBUTES = "Array(Tuple(key String, value Map(String, String)))"

SPAN = f"""traceId String, spanId String, parentSpanId String, traceState String, name String,
    kind UInt8, startTimeUnixNano UInt64, endTimeUnixNano UInt64, attributes {ATTRIBUTES},
    status Tuple(code UInt8, message String)"""

RESOURCE_SPANS = f"""resourceSpans Array(Tuple(
    resource Tuple(attributes {ATTRIBUTES}),
    scopeSpans Array(Tuple(
        scope Tuple(name String, version String),
        spans Array(Tuple({SPAN}))))))"""

BLOCK_ROWS = 100_000
"""Spans that are sorted and written at once: both threads write while both still read."""

SETTINGS = """
    input_format_skip_unknown_fields = 1,
    input_format_json_ignore_unknown_keys_in_named_tuple = 1,
    input_format_json_defaults_for_missing_elements_in_named_tuple = 1,
    input_format_json_read_numbers_as_strings = 1,
    input_format_json_read_bools_as_strings = 1,
    input_format_json_read_arrays_as_strings = 1,
    input_format_json_read_objects_as_strings = 1
"""


def as_map(attributes: str) -> str:
    """Return the expression that turns an array of OTLP key-values into a map of texts."""
    return f"mapFromArrays({attributes}.key, arrayMap(v -> mapValues(v)[1], {attributes}.value))"


def columns(span: str, resource: str, service: str, scope: str, version: str) -> str:
    """Return the select list of the table; `span` is the prefix of a span's fields."""
    return f"""
        fromUnixTimestamp64Nano(toInt64({span}startTimeUnixNano)),
        {span}traceId, {span}spanId, {span}parentSpanId, {span}traceState, {span}name,
        ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'][{span}kind + 1],
        {service}, {resource}, {scope}, {version}, {as_map(f"{span}attributes")},
        {span}endTimeUnixNano - {span}startTimeUnixNano,
        ['Unset', 'Ok', 'Error'][{span}status.code + 1],
        {span}status.message"""


def select_tracesdata(file: str) -> str:
    """Return the SELECT over TracesData lines; `file` is the path as an SQL text."""
    chosen = columns(
        "p.", "resource", "resource['service.name']", "s.scope.name", "s.scope.version"
    )
    return f"""
    SELECT {chosen}
    FROM (
        SELECT resource, s, arrayJoin(s.spans) AS p
        FROM (
            SELECT {as_map("r.resource.attributes")} AS resource, arrayJoin(r.scopeSpans) AS s
            FROM (
                SELECT arrayJoin(resourceSpans) AS r
                FROM file({file}, 'JSONEachRow', '{RESOURCE_SPANS}'))))"""


def select_bare(file: str) -> str:
    """Return the SELECT over lines of one bare span; resource and scope are lost, so empty."""
    return f"""
    SELECT {columns("", "map()", "''", "''", "''")}
    FROM file({file}, 'JSONEachRow', '{SPAN}')"""


def sql_text(path: Path) -> str:
    """Return a path as an SQL text."""
    escaped = str(path.resolve()).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="one TracesData or one span a line")
    parser.add_argument("out", type=Path, help="the folder to create")
    parser.add_argument("--input", choices=["tracesdata", "bare"], default="tracesdata")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--block-rows", type=int, default=BLOCK_ROWS, help="spans in a part, default: %(default)s"
    )
    args = parser.parse_args()
    bare = args.input == "bare"
    select = select_bare if bare else select_tracesdata
    session = Session(str(args.out))
    session.query("CREATE DATABASE otel ENGINE = Atomic")
    session.query(TABLE)
    session.query(
        f"INSERT INTO otel.otel_traces {select(sql_text(args.file))} SETTINGS {SETTINGS},"
        f" max_threads = {args.threads}, max_insert_threads = {args.threads},"
        f" min_insert_block_size_rows = {args.block_rows},"
        # Small records are parsed faster than they are cut into chunks for a second thread.
        f" input_format_parallel_parsing = {int(not bare)}"
    )
    session.close()


if __name__ == "__main__":
    main()
