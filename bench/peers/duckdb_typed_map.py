"""Peer: DuckDB reads whole TracesData lines with typed columns and keeps the spans with a MAP.

One statement: `read_json(columns=...)`, UNNEST of resources, scopes and spans, attributes into
MAP(VARCHAR, VARCHAR), CREATE TABLE in a .duckdb file. What was tried to make it fast is in
bench/README.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

ATTRIBUTES = """STRUCT("key" VARCHAR, "value" STRUCT(
    "stringValue" VARCHAR, "intValue" VARCHAR, "doubleValue" VARCHAR, "boolValue" VARCHAR,
    "bytesValue" VARCHAR, "arrayValue" JSON, "kvlistValue" JSON))[]"""

SPANS = f"""STRUCT(
    "traceId" VARCHAR, "spanId" VARCHAR, "parentSpanId" VARCHAR, "traceState" VARCHAR,
    "name" VARCHAR, "kind" INTEGER, "startTimeUnixNano" BIGINT, "endTimeUnixNano" BIGINT,
    "attributes" {ATTRIBUTES}, "status" STRUCT("code" INTEGER, "message" VARCHAR))[]"""

RESOURCE_SPANS = f"""STRUCT(
    "resource" STRUCT("attributes" {ATTRIBUTES}),
    "scopeSpans" STRUCT("scope" STRUCT("name" VARCHAR, "version" VARCHAR), "spans" {SPANS})[])[]"""


def as_map(attributes: str) -> str:
    """Return the expression that turns a list of OTLP key-values into a map of texts."""
    return f"""map_from_entries([
        {{'key': a.key, 'value': coalesce(
            a.value."stringValue", a.value."intValue", a.value."doubleValue", a.value."boolValue",
            a.value."bytesValue", a.value."arrayValue"::VARCHAR, a.value."kvlistValue"::VARCHAR)}}
        FOR a IN {attributes}])"""


def statement(records: str, maximum_object_size: int) -> str:
    """Return the load as one statement; its only parameter is the path of the input.

    Args:
        records: the option of read_json. `true` says that a line is one record with the given
            columns; `auto`, its default, looks at the first 20,480 lines on one thread.
        maximum_object_size: bytes that a line may have.
    """
    return f"""
    CREATE TABLE spans AS
    WITH resource_spans AS (
        SELECT unnest("resourceSpans") AS r
        FROM read_json(
            ?, format = 'newline_delimited', records = '{records}',
            maximum_object_size = {maximum_object_size},
            columns = {{'resourceSpans': '{RESOURCE_SPANS}'}})
    ),
    scope_spans AS (
        SELECT {as_map("r.resource.attributes")} AS resource_attributes,
               unnest(r."scopeSpans") AS s
        FROM resource_spans
    ),
    otlp AS (
        SELECT resource_attributes, s.scope.name AS scope_name, s.scope.version AS scope_version,
               unnest(s.spans) AS p
        FROM scope_spans
    )
    SELECT make_timestamp_ns(p."startTimeUnixNano") AS start_time,
           p."traceId" AS trace_id,
           p."spanId" AS span_id,
           p."parentSpanId" AS parent_span_id,
           p."traceState" AS trace_state,
           p.name,
           p.kind,
           resource_attributes['service.name'] AS service_name,
           resource_attributes,
           scope_name,
           scope_version,
           {as_map("p.attributes")} AS attributes,
           p."endTimeUnixNano" - p."startTimeUnixNano" AS duration_ns,
           p.status.code AS status_code,
           p.status.message AS status_message
    FROM otlp
    """


def longest_line(path: Path) -> int:
    """Return the bytes of the longest line, its line feed included."""
    with path.open("rb") as lines:
        return max(map(len, lines), default=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="TracesData, one a line")
    parser.add_argument("out", type=Path, help="the .duckdb file to create")
    parser.add_argument("--records", choices=["true", "auto"], default="true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--maximum-object-size", type=int, help="bytes; default: the longest line, looked for first"
    )
    args = parser.parse_args()
    maximum_object_size = args.maximum_object_size or longest_line(args.file)
    with duckdb.connect(str(args.out)) as connection:
        connection.execute(f"SET threads = {args.threads}")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET enable_progress_bar = false")
        connection.execute(statement(args.records, maximum_object_size), [str(args.file)])


if __name__ == "__main__":
    main()
