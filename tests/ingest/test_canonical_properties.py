from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sessiontrace.ingest.canonical import Canonical, Outcome, canonicalise, encode_lines
from sessiontrace.ingest.strict import is_strict

# Documents take a while to make, and a busy machine must not fail the tests.
unhurried = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
# These describe a span as it stands; reading it again finds them again.
LASTING = {"missing_time", "opaque_id", "zero_id"}

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["NaN", "1e400", "0x00", "SPAN_KIND_CLIENT", "true", "0" * 32, "1_0", "-0"])
)
NAMES = st.sampled_from(
    """resourceSpans resource_spans resource scopeSpans scope_spans scope spans traceId trace_id
    spanId span_id parentSpanId name kind startTimeUnixNano end_time_unix_nano attributes events
    links status code message flags key value values stringValue string_value intValue doubleValue
    boolValue arrayValue kvlistValue bytesValue instrumentationLibrarySpans instrumentationLibrary
    resourceLogs scopeLogs logRecords resourceMetrics scopeMetrics metrics session.id body eventName
    timeUnixNano schemaUrl version batches data context.trace_id""".split()
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=30,
)


def pairs(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(
        st.fixed_dictionaries({"key": st.text(max_size=5), "value": values}),
        max_size=4,
        unique_by=lambda pair: pair["key"],
    )


HEX32 = st.text("0123456789abcdef", min_size=32, max_size=32)
HEX16 = st.text("0123456789abcdef", min_size=16, max_size=16)
TIMES = st.integers(0, 2**63 - 1).map(str)
VALUES = st.recursive(
    st.just({})
    | st.fixed_dictionaries({"stringValue": st.text(max_size=8)})
    | st.fixed_dictionaries({"intValue": st.integers().map(str)})
    | st.fixed_dictionaries({"doubleValue": st.floats(allow_nan=False, allow_infinity=False)})
    | st.fixed_dictionaries({"boolValue": st.booleans()}),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda values: {"arrayValue": {"values": values}})
        | pairs(inner).map(lambda values: {"kvlistValue": {"values": values}})
    ),
    max_leaves=6,
)


ATTRIBUTES = pairs(VALUES)
SPANS = st.fixed_dictionaries(
    {
        "traceId": HEX32,
        "spanId": HEX16,
        "name": st.text(max_size=8),
        "kind": st.integers(0, 5),
        "startTimeUnixNano": TIMES,
        "endTimeUnixNano": TIMES,
        "attributes": ATTRIBUTES,
    },
    optional={
        "parentSpanId": HEX16.filter(lambda text: text.strip("0")),
        "flags": st.integers(1, 2**32 - 1),
        "events": st.lists(
            st.fixed_dictionaries(
                {"timeUnixNano": TIMES, "name": st.text(max_size=5), "attributes": ATTRIBUTES}
            ),
            min_size=1,
            max_size=2,
        ),
        "links": st.lists(
            st.fixed_dictionaries({"traceId": HEX32, "spanId": HEX16, "attributes": ATTRIBUTES}),
            min_size=1,
            max_size=2,
        ),
        "status": st.fixed_dictionaries({"code": st.integers(1, 2)}),
    },
)
SCOPES = st.fixed_dictionaries(
    {
        "scope": st.fixed_dictionaries(
            {"name": st.text(max_size=5), "version": st.just(""), "attributes": ATTRIBUTES}
        ),
        "spans": st.lists(SPANS, min_size=1, max_size=3),
    }
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "resourceSpans": st.lists(
            st.fixed_dictionaries(
                {
                    "resource": st.fixed_dictionaries({"attributes": ATTRIBUTES}),
                    "scopeSpans": st.lists(SCOPES, min_size=1, max_size=2),
                }
            ),
            min_size=1,
            max_size=2,
        )
    }
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every member and element of a JSON value, as its owner and its key or index."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):
            found += places(value[key])
    return found


@st.composite
def mangled(draw: st.DrawFn) -> Any:
    """A valid document with a few members deleted, renamed, doubled or of another type."""
    document = draw(DOCUMENTS)
    for _ in range(draw(st.integers(1, 4))):
        owner, key = draw(st.sampled_from(places(document) or [({"": None}, "")]))
        child = owner[key]
        change = draw(st.sampled_from(["delete", "replace", "rename", "wrap", "double"]))
        if change == "replace":
            owner[key] = draw(SCALARS | JSON)
        elif change == "wrap":
            owner[key] = draw(st.sampled_from([[child], {"value": child}, {"values": child}]))
        elif change == "double" and isinstance(owner, list):
            owner.append(child)
        else:
            del owner[key]
            if change != "delete" and isinstance(owner, dict):
                owner[draw(NAMES)] = child
    return document


def count_spans(record: Any) -> int:
    """Elements of every list of spans, counted without the code under test."""

    def inner(value: Any, *names: str) -> list[Any]:
        lists = [value.get(name) for name in names] if isinstance(value, dict) else []
        return [each for found in lists if isinstance(found, list) for each in found]

    scopes = (
        *("scopeSpans", "scope_spans"),
        *("instrumentationLibrarySpans", "instrumentation_library_spans"),
    )
    tops = ("resourceSpans", "resource_spans")
    is_wrapped = isinstance(record, dict) and any(top in record for top in tops)
    resources = inner(record, *tops) if is_wrapped else [record]
    return sum(
        len(inner(scope, "spans")) for resource in resources for scope in inner(resource, *scopes)
    )


def check(record: Any) -> Canonical:
    """Everything that holds for any JSON value."""
    canonical = canonicalise(record)
    loaded = sum(len(scope.spans) for group in canonical.groups for scope in group.scopes)
    assert canonical.spans_seen == count_spans(record) == loaded + canonical.rejected_spans
    assert (canonical.outcome is Outcome.REJECTED) <= bool(canonical.rejects)
    assert (canonical.outcome is Outcome.LOADED) == bool(loaded or canonical.log_records)
    assert all(reject.detail is None or len(reject.detail) <= 80 for reject in canonical.rejects)
    assert is_strict(record) <= (not canonical.rejected_spans or canonical.spans_seen > 20)
    again_loaded = 0
    for line in encode_lines(canonical, spans_per_line=2):
        again = canonicalise(msgspec.json.decode(line))
        assert list(encode_lines(again)) == [line]
        assert again.rejects == []
        assert {note.code for note in again.notes} <= LASTING
        again_loaded += again.spans_seen
    assert again_loaded == loaded
    return canonical


@unhurried
@given(JSON)
@example({"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]})
def test_any_json_value_has_an_account(record: Any) -> None:
    check(record)


@unhurried
@given(st.lists(SPANS | JSON, max_size=3), st.sampled_from(["spans", "logRecords"]))
def test_any_span_has_an_account(spans: list[Any], leaf: str) -> None:
    names = ("resourceSpans", "scopeSpans") if leaf == "spans" else ("resourceLogs", "scopeLogs")
    check({names[0]: [{names[1]: [{leaf: spans}]}]})


@unhurried
@given(mangled())
def test_mangled_documents_have_an_account(record: Any) -> None:
    check(record)


@unhurried
@given(DOCUMENTS)
def test_strict_documents_stay_as_they_are(record: Any) -> None:
    canonical = check(record)
    assert {note.code for note in canonical.notes} <= {"zero_id"}
    assert canonical.rejects == []
    spans = [
        span
        for resource in record["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    assert [s for g in canonical.groups for scope in g.scopes for s in scope.spans] == spans
