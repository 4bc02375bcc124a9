"""Small exports, written by hand: OTLP/JSON as the Collector's file exporter writes it."""

from __future__ import annotations

import json
from typing import Any

NOON_NS = 1_790_856_000_000_000_000  # 2026-10-01 12:00 UTC

Json = dict[str, Any]


def value(plain: object) -> Json:
    """Return a plain value as an AnyValue."""
    match plain:
        case bool():
            return {"boolValue": plain}
        case int():
            return {"intValue": str(plain)}
        case float():
            return {"doubleValue": plain}
        case list():
            return {"arrayValue": {"values": [value(each) for each in plain]}}
        case dict():
            return {"kvlistValue": {"values": attributes(plain)}}
        case _:
            return {"stringValue": str(plain)}


def attributes(plain: Json) -> list[Json]:
    return [{"key": key, "value": value(each)} for key, each in plain.items()]


def span(number: int, plain: Json | None = None, **members: Any) -> Json:
    """Return a strict span; numbers are seconds after noon, and a trace of its own each."""
    start = NOON_NS + number * 10**9
    return {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": f"chat {number}",
        "kind": 3,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 500_000_000),
        "attributes": attributes({"gen_ai.operation.name": "chat"} | (plain or {})),
        "status": {},
    } | members


def document(spans: list[Any], service: str = "shop") -> Json:
    """Return TracesData with one resource and one scope."""
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": attributes({"service.name": service})},
                "scopeSpans": [{"scope": {"name": "tests", "version": "1"}, "spans": spans}],
            }
        ]
    }


def line(spans: list[Any], service: str = "shop") -> bytes:
    """Return TracesData as one line."""
    return json.dumps(document(spans, service), separators=(",", ":")).encode() + b"\n"


def log_line(records: list[Json]) -> bytes:
    """Return LogsData as one line."""
    logs = {"scopeLogs": [{"scope": {"name": "tests"}, "logRecords": records}]}
    return json.dumps({"resourceLogs": [logs]}, separators=(",", ":")).encode() + b"\n"


def score(number: int, name: str = "helpfulness") -> Json:
    """Return a log record with an evaluation of the span of that number."""
    return {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "timeUnixNano": str(NOON_NS + number * 10**9),
        "eventName": "gen_ai.evaluation.result",
        "attributes": attributes(
            {"gen_ai.evaluation.name": name, "gen_ai.evaluation.score.value": 0.5}
        ),
    }
