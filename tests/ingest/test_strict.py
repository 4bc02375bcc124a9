from __future__ import annotations

import copy
from typing import Any

import pytest

from sessiontrace.ingest.strict import SAMPLE_SPANS, is_strict

TRACE = "5b8efff798038103d269b633813fc60c"
SPAN = "eee19b7ec3c1b174"
ATTRIBUTES = [
    {"key": "s", "value": {"stringValue": "x"}},
    {"key": "i", "value": {"intValue": "1"}},
    {"key": "j", "value": {"intValue": 1}},
    {"key": "d", "value": {"doubleValue": 1}},
    {"key": "e", "value": {}},
    {"key": "absent"},
]
STRICT: dict[str, Any] = {
    "traceId": TRACE,
    "spanId": SPAN,
    "parentSpanId": "",
    "name": "chat",
    "kind": 3,
    "startTimeUnixNano": "1700000000000000000",
    "endTimeUnixNano": 1700000000000000001,
    "attributes": ATTRIBUTES,
    "events": [{"timeUnixNano": "1", "name": "e", "attributes": ATTRIBUTES}],
    "links": [{"traceId": TRACE, "spanId": SPAN}],
    "status": {"code": 2},
    "unknownMember": [],
}


def record(*spans: Any) -> dict[str, Any]:
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": [*spans]}]}]}


def with_value(value: Any) -> dict[str, Any]:
    return record(STRICT | {"attributes": [{"key": "k", "value": value}]})


def test_strict_record_is_strict() -> None:
    assert is_strict(record(STRICT))
    assert is_strict(record())


@pytest.mark.parametrize(
    "change",
    [
        {"traceId": TRACE.upper()},
        {"traceId": "0" * 32},
        {"traceId": TRACE + "0"},
        {"traceId": None},
        {"spanId": "trace-1"},
        {"parentSpanId": "0" * 16},
        {"parentSpanId": None},
        {"startTimeUnixNano": 1.7e18},
        {"startTimeUnixNano": "1.7e18"},
        {"startTimeUnixNano": None},
        {"endTimeUnixNano": 2**63},
        {"endTimeUnixNano": "-1"},
        {"endTimeUnixNano": "9" * 5000},
        {"kind": "SPAN_KIND_CLIENT"},
        {"kind": True},
        {"status": {"code": "STATUS_CODE_OK"}},
        {"status": 2},
        {"attributes": {"k": "v"}},
        {"attributes": [1]},
        {"attributes": [{"key": None, "value": {}}]},
        {"events": [{"name": "e"}]},
        {"events": {}},
        {"links": [{"traceId": "", "spanId": SPAN}]},
        {"trace_id": TRACE},
    ],
)
def test_odd_span_is_not_strict(change: dict[str, Any]) -> None:
    assert not is_strict(record(STRICT | change))


@pytest.mark.parametrize("member", ["traceId", "spanId", "startTimeUnixNano", "endTimeUnixNano"])
def test_span_without_a_required_member_is_not_strict(member: str) -> None:
    span = copy.deepcopy(STRICT)
    del span[member]
    assert not is_strict(record(span))


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        None,
        {"string_value": "x"},
        {"doubleValue": None},
        {"intValue": 1e300},
        {"boolValue": "true"},
        {"stringValue": "x", "intValue": "1"},
        {"arrayValue": []},
    ],
)
def test_odd_value_is_not_strict(value: Any) -> None:
    assert not is_strict(with_value(value))


@pytest.mark.parametrize(
    "other",
    [
        None,
        [],
        {},
        {"resourceSpans": []},
        {"resourceSpans": None},
        {"resourceSpans": [1]},
        {"resourceSpans": [{}]},
        {"resourceSpans": [{"scopeSpans": [{}]}]},
        {"resourceSpans": [{"scopeSpans": [{"spans": [1]}]}]},
        {"resourceSpans": [{"scopeSpans": [], "instrumentationLibrarySpans": []}]},
        {"resource_spans": []},
        record() | {"resourceLogs": []},
    ],
)
def test_other_records_are_not_strict(other: Any) -> None:
    assert not is_strict(other)


def test_only_a_sample_is_looked_at() -> None:
    assert is_strict(record(*[STRICT] * SAMPLE_SPANS, {}))
    assert not is_strict(record(*[STRICT] * (SAMPLE_SPANS - 1), {}))
