"""Naming what a JSON record is when it is no OTLP/JSON."""

from __future__ import annotations

from typing import Any

# In order: the first whose members are all present. A dotted name looks into an object or into the
# first object of a list.
_CONTAINERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Tempo or Grafana batches", ("batches",)),
    ("Tempo trace wrapper", ("trace.resourceSpans",)),
    ("Tempo trace wrapper", ("trace.batches",)),
    ("Jaeger UI JSON", ("data.spans", "data.processes")),
    ("Jaeger UI JSON", ("data.traceID",)),
    ("Jaeger UI JSON", ("spans", "processes")),
    ("Jaeger UI JSON", ("traceID", "spanID")),
    ("Langfuse trace download", ("trace", "observations")),
    ("Langfuse observation", ("traceId", "parentObservationId")),
    ("Langfuse observation", ("trace_id", "parent_observation_id")),
    ("Go stdouttrace", ("SpanContext", "StartTime")),
    ("JavaScript ReadableSpan dump", ("_spanContext",)),
    ("JavaScript ReadableSpan dump", ("startTime", "instrumentationScope")),
    ("Python ConsoleSpanExporter", ("context.trace_id", "parent_id", "start_time", "resource")),
    ("Phoenix span", ("context.trace_id", "span_kind")),
    ("any-agent trace", ("spans.context.trace_id", "final_output")),
    ("ClickHouse rows", ("TraceId", "SpanId")),
    ("CloudWatch or ADOT span", ("traceId", "spanId", "attributes.aws.local.service")),
    ("CloudWatch or ADOT spans", ("session_id", "spans.trace_id")),
    ("CloudWatch or ADOT span", ("startTimeUnixNano", "traceId", "resource.attributes", "scope")),
    ("bare scopeSpans", ("scope", "spans")),
    ("LangSmith run", ("run_type", "dotted_order")),
    ("LangSmith run", ("run_type", "inputs")),
    ("Zipkin spans", ("traceId", "id", "localEndpoint")),
    ("Zipkin spans", ("traceId", "id", "timestamp")),
    ("Datadog LLM Observability spans", ("spans.meta", "spans.start_ns")),
    ("flat span JSONL", ("trace_id", "span_id", "name")),
    ("flat span JSONL", ("traceId", "spanId", "name")),
    ("span list in an object", ("spans.trace_id", "spans.span_id")),
    ("span list in an object", ("spans.traceId", "spans.spanId")),
    ("OpenAI chat completion", ("choices", "model")),
    ("OpenAI response", ("output", "object", "model")),
    ("chat messages", ("messages",)),
    ("chat message", ("role", "content")),
)
_SCALARS = {bool: "JSON boolean", int: "JSON number", float: "JSON number", str: "JSON string"}


def looks_like(record: Any) -> str:
    """Return the name of the container a record seems to be, from its members alone.

    Every answer is from a fixed vocabulary: nothing of the record is repeated.
    """
    if record is None:
        return "JSON null"
    if isinstance(record, list):
        first = next((value for value in record if isinstance(value, dict)), None)
        return "JSON array" if first is None else f"JSON array of: {looks_like(first)}"
    if not isinstance(record, dict):
        return _SCALARS.get(type(record), "JSON value")
    for name, wanted in _CONTAINERS:
        if all(_has(record, path) for path in wanted):
            return name
    inner = next(iter(record.values()), None)
    if isinstance(inner, list) and inner and isinstance(inner[0], dict):
        for name, wanted in _CONTAINERS:
            if all(_has(inner[0], path) for path in wanted):
                return f"object of lists of: {name}"
    return "unknown JSON object"


def _has(value: Any, path: str) -> bool:
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return False
    if path in value:
        return True
    head, dot, rest = path.partition(".")
    return bool(dot) and head in value and _has(value[head], rest)
