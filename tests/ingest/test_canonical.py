from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec
import pytest

from sessiontrace.ingest.canonical import Canonical, Outcome, canonicalise, encode_lines

if TYPE_CHECKING:
    from pathlib import Path

TRACE = "5b8efff798038103d269b633813fc60c"
SPAN = "eee19b7ec3c1b174"
TIMES = {"startTimeUnixNano": "1700000000000000001", "endTimeUnixNano": "1700000000000000002"}


def traces(*spans: Any, resource: Any = None, scope: Any = None) -> dict[str, Any]:
    return {
        "resourceSpans": [
            {"resource": resource or {}, "scopeSpans": [{"scope": scope or {}, "spans": [*spans]}]}
        ]
    }


def make_span(**changes: Any) -> dict[str, Any]:
    span = {"traceId": TRACE, "spanId": SPAN, "name": "chat", **TIMES, **changes}
    return {key: value for key, value in span.items() if value is not ...}


def spans_of(canonical: Canonical) -> list[dict[str, Any]]:
    return [span for group in canonical.groups for scope in group.scopes for span in scope.spans]


def only_span(canonical: Canonical) -> dict[str, Any]:
    (span,) = spans_of(canonical)
    return span


def notes_of(canonical: Canonical) -> set[tuple[str, str | None]]:
    return {(note.code, note.key) for note in canonical.notes}


def rejects_of(canonical: Canonical) -> list[tuple[str, str]]:
    return [(reject.pointer, reject.reason) for reject in canonical.rejects]


def attribute(value: Any) -> tuple[Any, set[tuple[str, str | None]]]:
    """The strict form of one attribute value, and the notes about it."""
    canonical = canonicalise(traces(make_span(attributes=[{"key": "k", "value": value}])))
    (found,) = only_span(canonical)["attributes"]
    return found["value"], notes_of(canonical)


# -- envelopes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"resourceSpans": []},
        {"resource_spans": []},
        {"resourceSpans": None},
        {"resourceSpans": [{}]},
        {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": []}]}]},
        {"scopeSpans": []},
        {"trace": {"resourceSpans": []}},
        {"batches": [{"scopeSpans": []}]},
    ],
)
def test_envelope_without_spans_is_empty(record: Any) -> None:
    canonical = canonicalise(record)
    assert canonical.outcome is Outcome.EMPTY
    assert canonical.rejects == []
    assert list(encode_lines(canonical)) == []


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (None, "JSON null"),
        (True, "JSON boolean"),
        (1, "JSON number"),
        ("text", "JSON string"),
        ([], "JSON array"),
        ([{"trace_id": "t", "span_id": "s", "name": "n"}], "JSON array of: flat span JSONL"),
        ({"a": 1}, "unknown JSON object"),
        ({"batches": []}, "Tempo or Grafana batches"),
        ({"batches": [{"id": 1}]}, "Tempo or Grafana batches"),
        ({"data": [{"traceID": "t", "spans": [], "processes": {}}]}, "Jaeger UI JSON"),
        ({"trace": {"id": "t"}, "observations": []}, "Langfuse trace download"),
        ({"Name": "n", "SpanContext": {}, "StartTime": ""}, "Go stdouttrace"),
        ({"rows": [{"TraceId": "t", "SpanId": "s"}]}, "object of lists of: ClickHouse rows"),
        ({"context": {"trace_id": "t"}, "span_kind": "LLM"}, "Phoenix span"),
        ({"choices": [], "model": "m"}, "OpenAI chat completion"),
    ],
)
def test_other_json_is_named_and_not_loaded(record: Any, name: str) -> None:
    canonical = canonicalise(record)
    assert canonical.outcome is Outcome.REJECTED
    (reject,) = canonical.rejects
    assert (reject.pointer, reject.reason, reject.detail) == ("", "not_otlp", name)


def test_bare_resource_spans_load_with_pointers_of_their_own() -> None:
    canonical = canonicalise({"resource": {}, "scopeSpans": [{"spans": [make_span(), 1]}]})
    assert canonical.outcome is Outcome.LOADED
    assert rejects_of(canonical) == [("/scopeSpans/0/spans/1", "span_not_an_object")]
    assert notes_of(canonical) == {("bare_resource_spans", None)}


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("name", ["batches", "resourceSpans"])
def test_tempo_batches_load(name: str, wrap: bool) -> None:
    record: Any = {name: [{"resource": {}, "scopeSpans": [{"spans": [make_span(), 1]}]}]}
    canonical = canonicalise({"trace": record} if wrap else record)
    assert canonical.outcome is Outcome.LOADED
    base = "/trace" if wrap else ""
    assert rejects_of(canonical) == [
        (f"{base}/{name}/0/scopeSpans/0/spans/1", "span_not_an_object")
    ]
    is_plain = name == "resourceSpans" and not wrap
    assert notes_of(canonical) == (set() if is_plain else {("tempo_batches", name)})


@pytest.mark.parametrize("spelling", ["instrumentationLibrary", "instrumentation_library"])
def test_legacy_scope_loads(spelling: str) -> None:
    spans = "Spans" if spelling[15] == "L" else "_spans"
    record = {
        "resourceSpans": [
            {f"{spelling}{spans}": [{spelling: {"name": "lib"}, "spans": [make_span()]}]}
        ]
    }
    canonical = canonicalise(record)
    assert canonical.groups[0].scopes[0].name == "lib"
    assert "legacy_scope" in {note.code for note in canonical.notes}


def test_snake_case_loads_with_one_note_a_span() -> None:
    span = {
        "trace_id": TRACE,
        "span_id": SPAN,
        "parent_span_id": "",
        "start_time_unix_nano": 1,
        "end_time_unix_nano": "2",
        "attributes": [{"key": "k", "value": {"int_value": "1"}}],
        "events": [{"time_unix_nano": "3", "name": "e", "dropped_attributes_count": 4}],
        "links": [{"trace_id": TRACE, "span_id": SPAN, "trace_state": "a=b"}],
        "dropped_links_count": 5,
        "status": {"code": 2, "message": "m"},
    }
    canonical = canonicalise({"resource_spans": [{"scope_spans": [{"spans": [span]}]}]})
    assert only_span(canonical) == {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "",
        "kind": 0,
        "startTimeUnixNano": "1",
        "endTimeUnixNano": "2",
        "attributes": [{"key": "k", "value": {"intValue": "1"}}],
        "events": [
            {"timeUnixNano": "3", "name": "e", "attributes": [], "droppedAttributesCount": 4}
        ],
        "links": [{"traceId": TRACE, "spanId": SPAN, "traceState": "a=b", "attributes": []}],
        "status": {"code": 2, "message": "m"},
        "droppedLinksCount": 5,
    }
    assert [n.code for n in canonical.notes if n.span_id] == ["snake_case"]


def test_resource_and_scope_are_kept() -> None:
    attributes = [{"key": "service.name", "value": {"stringValue": "s"}}]
    record = traces(
        make_span(),
        resource={"attributes": attributes},
        scope={"name": "lib", "version": "1", "attributes": attributes},
    )
    (line,) = encode_lines(canonicalise(record))
    (resource,) = msgspec.json.decode(line)["resourceSpans"]
    assert resource["resource"] == {"attributes": attributes}
    assert resource["scopeSpans"][0]["scope"] == {
        "name": "lib",
        "version": "1",
        "attributes": attributes,
    }


@pytest.mark.parametrize(
    ("record", "pointer", "reason"),
    [
        ({"resourceSpans": "x"}, "/resourceSpans", "resource_spans_not_a_list"),
        ({"resourceSpans": [1]}, "/resourceSpans/0", "resource_spans_not_an_object"),
        (
            {"resourceSpans": [{"scopeSpans": {}}]},
            "/resourceSpans/0/scopeSpans",
            "scope_spans_not_a_list",
        ),
        (
            {"resourceSpans": [{"scopeSpans": [None]}]},
            "/resourceSpans/0/scopeSpans/0",
            "scope_spans_not_an_object",
        ),
        (
            {"resourceSpans": [{"scopeSpans": [{"spans": {}}]}]},
            "/resourceSpans/0/scopeSpans/0/spans",
            "spans_not_a_list",
        ),
    ],
)
def test_broken_envelope_is_rejected_where_it_breaks(
    record: Any, pointer: str, reason: str
) -> None:
    canonical = canonicalise(record)
    assert canonical.outcome is Outcome.REJECTED
    assert rejects_of(canonical) == [(pointer, reason)]


# -- spans -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (None, "span_not_an_object"),
        ([], "span_not_an_object"),
        (make_span(traceId=...), "missing_trace_id"),
        (make_span(traceId=None), "missing_trace_id"),
        (make_span(traceId=""), "missing_trace_id"),
        (make_span(spanId=" "), "missing_span_id"),
        (make_span(spanId=...), "missing_span_id"),
        (make_span(traceId=5), "bad_id"),
        (make_span(spanId=["a"]), "bad_id"),
    ],
)
def test_one_bad_span_does_not_cost_its_document(bad: Any, reason: str) -> None:
    canonical = canonicalise(traces(make_span(), bad, make_span()))
    assert (canonical.outcome, canonical.spans_seen, canonical.rejected_spans) == ("loaded", 3, 1)
    assert rejects_of(canonical) == [("/resourceSpans/0/scopeSpans/0/spans/1", reason)]
    assert len(spans_of(canonical)) == 2


def test_details_of_rejects_are_masked() -> None:
    canonical = canonicalise(traces("Jane 1984", make_span(traceId=["Jane"]), 1984))
    assert [reject.detail for reject in canonical.rejects] == ["Aaaa 9999", "[9]", "9"]


def b64(text: bytes) -> str:
    return base64.b64encode(text).decode()


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        (TRACE, set()),
        (TRACE.upper(), set()),
        (f"0x{TRACE}", {"prefixed_id"}),
        (f"0X{TRACE.upper()}", {"prefixed_id"}),
        (b64(bytes.fromhex(TRACE)), {"base64_id"}),
        (b64(TRACE.encode()), {"base64_hex_id"}),
        (b64(TRACE.upper().encode()), {"base64_hex_id"}),
    ],
)
def test_trace_id_is_read_in_every_encoding(written: str, codes: set[str]) -> None:
    canonical = canonicalise(traces(make_span(traceId=written)))
    assert only_span(canonical)["traceId"] == TRACE
    assert notes_of(canonical) == {(code, "traceId") for code in codes}


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        (SPAN, set()),
        (SPAN.upper(), set()),
        (f"0x{SPAN}", {"prefixed_id"}),
        (b64(bytes.fromhex(SPAN)), {"base64_id"}),
        (b64(SPAN.encode()), {"base64_hex_id"}),
    ],
)
@pytest.mark.parametrize("member", ["spanId", "parentSpanId"])
def test_span_id_is_read_in_every_encoding(member: str, written: str, codes: set[str]) -> None:
    canonical = canonicalise(traces(make_span(**{member: written})))
    assert only_span(canonical)[member] == SPAN
    assert notes_of(canonical) == {(code, member) for code in codes}


@pytest.mark.parametrize("written", ["otel-trace-001", "ABC", "0xABC", TRACE[:-1], f"{TRACE}0"])
def test_other_ids_stay_verbatim(written: str) -> None:
    canonical = canonicalise(traces(make_span(traceId=written)))
    assert only_span(canonical)["traceId"] == written
    assert notes_of(canonical) == {("opaque_id", "traceId")}


def test_base64_that_begins_like_a_prefix_is_base64() -> None:
    written = b64(base64.b64decode("0xAB" + "A" * 18 + "=="))
    canonical = canonicalise(traces(make_span(traceId=written)))
    assert only_span(canonical)["traceId"] == base64.b64decode(written).hex()


@pytest.mark.parametrize(
    "parent", [..., None, "", " ", "0" * 16, "0", b64(bytes(8)), "0x" + "0" * 16]
)
def test_root_has_no_parent_member(parent: Any) -> None:
    canonical = canonicalise(traces(make_span(parentSpanId=parent)))
    assert "parentSpanId" not in only_span(canonical)


def test_zero_trace_id_is_loaded_and_noted() -> None:
    canonical = canonicalise(traces(make_span(traceId="0" * 32)))
    assert only_span(canonical)["traceId"] == "0" * 32
    assert notes_of(canonical) == {("zero_id", "traceId")}


@pytest.mark.parametrize(
    ("written", "kind", "codes"),
    [
        (3, 3, set()),
        (3.0, 3, set()),
        ("3", 3, {"enum_text"}),
        ("SPAN_KIND_CLIENT", 3, {"enum_name"}),
        ("span_kind_client", 3, {"enum_name"}),
        ("Client", 3, {"enum_name"}),
        ("SPAN_KIND_UNSPECIFIED", 0, {"enum_name"}),
        (6, 0, {"unknown_enum"}),
        (-1, 0, {"unknown_enum"}),
        (True, 0, {"unknown_enum"}),
        ("LLM", 0, {"unknown_enum"}),
        ([], 0, {"unknown_enum"}),
        (None, 0, {"null_member"}),
        (..., 0, set()),
    ],
)
def test_kind_is_a_number(written: Any, kind: int, codes: set[str]) -> None:
    canonical = canonicalise(traces(make_span(kind=written)))
    assert only_span(canonical)["kind"] == kind
    assert notes_of(canonical) == {(code, "kind") for code in codes}


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ({"code": 2, "message": "no"}, {"code": 2, "message": "no"}),
        ({"code": "STATUS_CODE_ERROR"}, {"code": 2}),
        ({"code": "Ok"}, {"code": 1}),
        ({"message": "m"}, {"code": 0, "message": "m"}),
        ("ERROR", {"code": 2}),
        ({}, None),
        ({"code": 0}, None),
        (None, None),
    ],
)
def test_status_is_left_out_when_unset(written: Any, status: Any) -> None:
    assert only_span(canonicalise(traces(make_span(status=written)))).get("status") == status


@pytest.mark.parametrize(
    ("written", "time", "code"),
    [
        ("1777555053780274701", "1777555053780274701", None),
        (1777555053780274701, "1777555053780274701", None),
        ("007", "7", None),
        (0, "0", None),
        (2**63 - 1, str(2**63 - 1), None),
        (1.7e18, "1700000000000000000", "rounded_time"),
        ("1.7e18", "1700000000000000000", "rounded_time"),
        (1.5, "1", "rounded_time"),
        (2**63, None, "bad_time"),
        ("9" * 5000, None, "bad_time"),
        ("1e999999999", None, "bad_time"),
        (-1, None, "bad_time"),
        ("2026-01-01T00:00:00Z", None, "bad_time"),
        ("", None, "bad_time"),
        (True, None, "bad_time"),
        (float("nan"), None, "bad_time"),
        ({}, None, "bad_time"),
        (..., None, "missing_time"),
    ],
)
def test_times_are_exact_decimal_text(written: Any, time: str | None, code: str | None) -> None:
    canonical = canonicalise(traces(make_span(startTimeUnixNano=written)))
    assert only_span(canonical).get("startTimeUnixNano") == time
    assert notes_of(canonical) == ({(code, "startTimeUnixNano")} if code else set())


def test_members_of_the_wrong_type_are_noted_and_left_out() -> None:
    wrong = make_span(
        name=7, traceState=[], flags=-1, events={"a": 1}, links=["x"], droppedEventsCount="x"
    )
    canonical = canonicalise(traces(wrong))
    assert only_span(canonical) == make_span(name="7", kind=0, attributes=[])
    keys = {"name", "traceState", "flags", "events", "links", "droppedEventsCount"}
    assert notes_of(canonical) == {("bad_member", key) for key in keys}


def test_link_without_a_target_is_dropped() -> None:
    links = [{"traceId": TRACE, "spanId": SPAN, "attributes": []}, {"traceId": TRACE}]
    canonical = canonicalise(traces(make_span(links=links)))
    assert only_span(canonical)["links"] == links[:1]
    assert notes_of(canonical) == {("bad_member", "links")}


# -- attributes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"stringValue": ""},
        {"intValue": "-123456789012345678901234567890"},
        {"doubleValue": 0.25},
        {"doubleValue": "NaN"},
        {"doubleValue": "-Infinity"},
        {"boolValue": False},
        {"bytesValue": "AAE="},
        {"arrayValue": {"values": [{}, {"intValue": "1"}, {"stringValue": "a"}]}},
        {"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": True}}]}},
    ],
)
def test_strict_value_stays(value: Any) -> None:
    assert attribute(value) == (value, set())


@pytest.mark.parametrize(
    ("written", "value", "code"),
    [
        ({"intValue": 10}, {"intValue": "10"}, None),
        ({"intValue": 2**70}, {"intValue": str(2**70)}, None),
        ({"intValue": "007"}, {"intValue": "7"}, None),
        ({"intValue": 1e300}, {"intValue": "1" + "0" * 300}, "float_int"),
        ({"intValue": 2.0}, {"intValue": "2"}, "float_int"),
        ({"intValue": 2.5}, {"doubleValue": 2.5}, "float_int"),
        ({"intValue": float("inf")}, {"doubleValue": "Infinity"}, "float_int"),
        ({"intValue": "1_0"}, {"stringValue": "1_0"}, "bad_number"),
        ({"intValue": "many"}, {"stringValue": "many"}, "bad_number"),
        ({"intValue": True}, {"boolValue": True}, "wrong_value_type"),
        ({"doubleValue": 1}, {"doubleValue": 1.0}, None),
        ({"doubleValue": "0.5"}, {"doubleValue": 0.5}, "number_text"),
        ({"doubleValue": "inf"}, {"doubleValue": "Infinity"}, "number_text"),
        ({"doubleValue": float("nan")}, {"doubleValue": "NaN"}, None),
        ({"doubleValue": 10**400}, {"doubleValue": "Infinity"}, None),
        ({"doubleValue": None}, {}, "null_member"),
        ({"doubleValue": "x"}, {"stringValue": "x"}, "bad_number"),
        ({"boolValue": "True"}, {"boolValue": True}, "bool_text"),
        ({"boolValue": 0}, {"boolValue": False}, "bool_text"),
        ({"boolValue": "x"}, {"stringValue": "x"}, "wrong_value_type"),
        ({"stringValue": 5}, {"stringValue": "5"}, "wrong_value_type"),
        ({"stringValue": True}, {"stringValue": "true"}, "wrong_value_type"),
        ({"bytesValue": "_-8"}, {"bytesValue": "/+8="}, "base64_variant"),
        ({"bytesValue": "é"}, {"stringValue": "é"}, "bad_bytes"),
        ({"bytesValue": [0, 255]}, {"bytesValue": "AP8="}, "byte_list"),
        ({"arrayValue": {}}, {"arrayValue": {"values": []}}, None),
        ({"arrayValue": {"values": None}}, {"arrayValue": {"values": []}}, None),
        ({"arrayValue": ["a"]}, {"arrayValue": {"values": [{"stringValue": "a"}]}}, "plain_value"),
        ({"kvlistValue": {}}, {"kvlistValue": {"values": []}}, None),
        (
            {"kvlistValue": {"a": 1}},
            {"kvlistValue": {"values": [{"key": "a", "value": {"intValue": "1"}}]}},
            "plain_value",
        ),
        ("abc", {"stringValue": "abc"}, "plain_value"),
        (1, {"intValue": "1"}, "plain_value"),
        ([1.5], {"arrayValue": {"values": [{"doubleValue": 1.5}]}}, "plain_value"),
        (None, {}, "null_member"),
        ({"stringValue": "x", "intValue": None}, {"stringValue": "x"}, "null_member"),
        ({"stringValue": "x", "intValue": "1"}, {"intValue": "1"}, "several_value_members"),
        ({"decimalValue": "1"}, {}, "unknown_value_kind"),
        ({"stringValueStrindex": 1}, {}, "unknown_value_kind"),
    ],
)
def test_odd_value_is_corrected(written: Any, value: Any, code: str | None) -> None:
    assert attribute(written) == (value, {(code, "k")} if code else set())


def test_first_of_duplicate_keys_wins_at_every_level() -> None:
    pairs = [{"key": "a", "value": {"intValue": "1"}}, {"key": "a", "value": {"intValue": "2"}}]
    canonical = canonicalise(
        traces(
            make_span(
                attributes=[*pairs, {"key": "b", "value": {"kvlistValue": {"values": pairs}}}]
            )
        )
    )
    assert only_span(canonical)["attributes"] == [
        pairs[0],
        {"key": "b", "value": {"kvlistValue": {"values": pairs[:1]}}},
    ]
    assert notes_of(canonical) == {("duplicate_key", "a")}


def test_plain_attributes_object_loads() -> None:
    plain = {"s": "x", "i": 1, "n": None, "o": {"a": [True]}, "v": {"stringValue": "y"}}
    canonical = canonicalise(traces(make_span(attributes=plain)))
    array = {"arrayValue": {"values": [{"boolValue": True}]}}
    assert only_span(canonical)["attributes"] == [
        {"key": "s", "value": {"stringValue": "x"}},
        {"key": "i", "value": {"intValue": "1"}},
        {"key": "n", "value": {}},
        {"key": "o", "value": {"kvlistValue": {"values": [{"key": "a", "value": array}]}}},
        {"key": "v", "value": {"stringValue": "y"}},
    ]
    assert notes_of(canonical) == {("plain_attributes", "attributes")}


def test_attribute_that_is_none_is_dropped_alone() -> None:
    good = {"key": "a", "value": {"intValue": "1"}}
    canonical = canonicalise(
        traces(
            make_span(attributes=[1, {"key": 2}, {"key": None, "value": {"boolValue": True}}, good])
        )
    )
    assert only_span(canonical)["attributes"] == [
        {"key": "", "value": {"boolValue": True}},
        good,
    ]
    assert notes_of(canonical) == {("bad_attribute", "attributes"), ("empty_key", "attributes")}


def nested(levels: int, value: Any, *, is_plain: bool = False) -> Any:
    for _ in range(levels):
        value = [value] if is_plain else {"arrayValue": {"values": [value]}}
    return value


@pytest.mark.parametrize("is_plain", [False, True])
def test_deep_values_cost_their_span_only(is_plain: bool) -> None:
    good = make_span(attributes=[{"key": "k", "value": nested(33, {"boolValue": True})}])
    value = nested(5_000 if is_plain else 34, True, is_plain=is_plain)
    deep = make_span(attributes=[{"key": "k", "value": value}])
    canonical = canonicalise(traces(good, deep))
    assert spans_of(canonical) == [good | {"kind": 0}]
    assert rejects_of(canonical) == [("/resourceSpans/0/scopeSpans/0/spans/1", "nesting_too_deep")]


@pytest.mark.parametrize("is_plain", [False, True])
def test_deep_resource_attribute_costs_itself_only(is_plain: bool) -> None:
    deep, good = nested(34, {}), {"stringValue": "s"}
    entries = [{"key": "a", "value": deep}, {"key": "b", "value": good}]
    attributes = {"a": deep, "b": good} if is_plain else entries
    canonical = canonicalise(traces(make_span(), resource={"attributes": attributes}))
    assert canonical.groups[0].attributes == [{"key": "b", "value": good}]
    assert ("nesting_too_deep", "resource.attributes") in notes_of(canonical)
    assert canonical.spans_seen == 1


def depth(line: bytes) -> int:
    levels = deepest = 0
    for byte in line:
        levels += (byte in b"{[") - (byte in b"}]")
        deepest = max(deepest, levels)
    return deepest


@pytest.mark.parametrize("kind", ["array", "kvlist"])
def test_deepest_line_is_one_that_duckdb_reads(kind: str, tmp_path: Path) -> None:
    values = []
    value: Any = {"boolValue": True}
    for _ in range(60):
        values.append(value)
        inner = [value] if kind == "array" else [{"key": "k", "value": value}]
        value = {f"{kind}Value": {"values": inner}}
    spans = [
        make_span(events=[{"timeUnixNano": "1", "attributes": [{"key": "k", "value": value}]}])
        for value in values
    ]
    canonical = canonicalise(traces(*spans))
    assert 0 < canonical.rejected_spans < 60
    (line,) = encode_lines(canonical)
    assert 100 < depth(line) <= 128
    path = tmp_path / "deep.jsonl"
    path.write_bytes(line)
    columns = {
        "resourceSpans": "struct(scopeSpans struct(spans struct(events json)[])[])[]",
    }
    query = "select count(*) from read_json(?, format = 'nd', columns = ?)"
    assert duckdb.execute(query, [str(path), columns]).fetchall() == [(1,)]


# -- lines -----------------------------------------------------------------------------------------


def test_lines_hold_at_most_so_many_spans() -> None:
    record = traces(*(make_span(spanId=f"{n:016x}") for n in range(1, 11)))
    record["resourceSpans"] += traces(make_span())["resourceSpans"]
    canonical = canonicalise(record)
    lines = [canonicalise(msgspec.json.decode(line)) for line in encode_lines(canonical, 4)]
    assert [line.spans_seen for line in lines] == [4, 4, 3]
    assert [span for line in lines for span in spans_of(line)] == spans_of(canonical)
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in encode_lines(canonical))


def test_huge_spans_get_lines_of_their_own() -> None:
    huge = make_span(attributes=[{"key": "k", "value": {"stringValue": "x" * (5 << 20)}}])
    lines = list(encode_lines(canonicalise(traces(make_span(), huge, huge, make_span()))))
    assert [msgspec.json.decode(line)["resourceSpans"] != [] for line in lines] == [True] * 3


# -- other signals ---------------------------------------------------------------------------------


def logs(*records: Any, **resource: Any) -> dict[str, Any]:
    return {"resourceLogs": [resource | {"scopeLogs": [{"logRecords": [*records]}]}]}


def test_other_signals_are_counted() -> None:
    record = logs({"body": {"stringValue": "hi"}}, {}) | {
        "resourceMetrics": [{"scopeMetrics": [{"metrics": [{}, {}, {}]}]}],
        "resource_profiles": [],
    }
    canonical = canonicalise(record)
    assert canonical.outcome is Outcome.OTHER_SIGNAL
    assert canonical.other == {"logs": 2, "metrics": 3, "profiles": 0}
    assert canonicalise(record | traces(make_span())).outcome is Outcome.LOADED


@pytest.mark.parametrize(
    ("telling", "is_kept"),
    [
        ({"eventName": "session.start"}, True),
        ({"event_name": "gen_ai.evaluation.result"}, True),
        ({"body": {"stringValue": "session.end"}}, True),
        ({"attributes": [{"key": "event.name", "value": {"stringValue": "session.end"}}]}, True),
        ({"attributes": [{"key": "langfuse.session.id", "value": {"stringValue": "s"}}]}, True),
        ({"attributes": [{"key": "conversation.turn.number", "value": {"intValue": 1}}]}, True),
        ({"attributes": [{"key": "return.code", "value": {"intValue": 1}}]}, False),
        ({"eventName": "gen_ai.choice"}, False),
    ],
)
def test_log_records_that_speak_of_sessions_are_kept(telling: Any, is_kept: bool) -> None:
    canonical = canonicalise(logs(telling))
    assert (len(canonical.log_records) == 1) is is_kept
    assert canonical.outcome is (Outcome.LOADED if is_kept else Outcome.OTHER_SIGNAL)
    assert canonical.other == {"logs": 1}


def test_kept_log_record_is_strict() -> None:
    record = {
        "traceId": b64(bytes.fromhex(TRACE)),
        "spanId": "0" * 16,
        "timeUnixNano": 0,
        "observedTimeUnixNano": 5,
        "body": {"kvlistValue": {"values": [{"key": "a", "value": {"int_value": 1}}]}},
        "attributes": [{"key": "user.id", "value": "u"}],
    }
    service = [{"key": "service.name", "value": {"stringValue": "s"}}]
    canonical = canonicalise(logs(record, 1, resource={"attributes": service}))
    assert canonical.log_records == [
        {
            "trace_id": TRACE,
            "span_id": None,
            "time_unix_nano": "5",
            "event_name": None,
            "body": '{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}}]}}',
            "attributes": [{"key": "user.id", "value": {"stringValue": "u"}}],
            "resource_attributes": service,
            "scope_name": None,
        }
    ]
    assert canonical.rejected_logs == 1
    assert rejects_of(canonical) == [
        ("/resourceLogs/0/scopeLogs/0/logRecords/1", "log_record_not_an_object")
    ]


def test_bare_resource_logs_are_counted() -> None:
    canonical = canonicalise({"resource": {}, "scopeLogs": [{"logRecords": [{}, {}]}]})
    assert (canonical.outcome, canonical.other) == (Outcome.OTHER_SIGNAL, {"logs": 2})
