"""Whether a record is strict OTLP/JSON, so that SQL can read it as it stands."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from sessiontrace.ingest.canonical_numbers import MAX_NS, is_integer_text
from sessiontrace.ingest.canonical_values import ARRAY_LEVELS, KVLIST_LEVELS, MAX_LEVELS

SAMPLE_SPANS = 20
"""A producer writes all its spans alike, so the first few tell."""

_TRACE_ID = re.compile("[0-9a-f]{32}")
_SPAN_ID = re.compile("[0-9a-f]{16}")
# Members that SQL would not find, or would leave behind. Unknown ones do no harm.
_OTHER_SPELLINGS = frozenset(
    {
        *("resource_spans", "scope_spans", "schema_url"),
        *("instrumentationLibrarySpans", "instrumentation_library_spans"),
        *("instrumentationLibrary", "instrumentation_library"),
        *("resourceLogs", "resourceMetrics", "resourceProfiles"),
        *("resource_logs", "resource_metrics", "resource_profiles"),
        *("trace_id", "span_id", "parent_span_id", "trace_state"),
        *("start_time_unix_nano", "end_time_unix_nano", "time_unix_nano"),
        *("dropped_attributes_count", "dropped_events_count", "dropped_links_count"),
    }
)
_VALUE_TYPES: dict[str, tuple[type, ...]] = {
    "stringValue": (str,),
    "intValue": (str, int),
    "doubleValue": (float, int, str),
    "boolValue": (bool,),
    "arrayValue": (dict,),
    "kvlistValue": (dict,),
    "bytesValue": (str,),
}


def is_strict(record: Any) -> bool:
    """Return whether a decoded record is strict OTLP/JSON as far as its first spans show.

    True for camelCase TracesData with at least one resource, whose spans have lower-case hex ids,
    integer times and enums, and attributes of one known member each. False for everything else,
    an empty record and one with a second signal included. Never raises.
    """
    if not isinstance(record, dict) or not _has_list(record, "resourceSpans"):
        return False
    resources = record["resourceSpans"]
    if not resources:
        return False
    spans: list[Any] = []
    for resource in resources:
        if not _has_list(resource, "scopeSpans"):
            return False
        if not isinstance(resource.get("resource", {}), dict):
            return False
        if not _are_attributes(_member(resource, "resource").get("attributes")):
            return False
        for scope in resource["scopeSpans"]:
            if not _has_list(scope, "spans") or not _is_scope(scope.get("scope", {})):
                return False
            spans.extend(islice(scope["spans"], SAMPLE_SPANS - len(spans)))
    return all(map(_is_span, spans))


def _has_list(value: object, member: str) -> bool:
    """Whether value is an object with this list and nothing under another spelling."""
    return (
        isinstance(value, dict)
        and type(value.get(member)) is list
        and value.keys().isdisjoint(_OTHER_SPELLINGS)
    )


def _member(owner: dict[str, Any], name: str) -> dict[str, Any]:
    value = owner.get(name)
    return value if isinstance(value, dict) else {}


def _is_scope(scope: object) -> bool:
    return isinstance(scope, dict) and all(
        isinstance(scope.get(name, ""), str) for name in ("name", "version")
    )


def _is_span(span: Any) -> bool:
    if not isinstance(span, dict) or not span.keys().isdisjoint(_OTHER_SPELLINGS):
        return False
    get = span.get
    return (
        _matches(_TRACE_ID, get("traceId"))
        and _matches(_SPAN_ID, get("spanId"))
        and (get("parentSpanId", "") == "" or _matches(_SPAN_ID, span["parentSpanId"]))
        and _is_time(get("startTimeUnixNano"))
        and _is_time(get("endTimeUnixNano"))
        and type(get("kind", 0)) is int
        and isinstance(get("status", {}), dict)
        and type(_member(span, "status").get("code", 0)) is int
        and _are_attributes(get("attributes"))
        and _are_timed(get("events", []))
        and _are_linked(get("links", []))
    )


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        return False
    return value.strip("0") != ""


def _is_time(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= len(str(MAX_NS)) and is_integer_text(value) and _is_time(int(value))
    return type(value) is int and 0 <= value <= MAX_NS


def _are_timed(events: object) -> bool:
    return isinstance(events, list) and all(
        isinstance(event, dict)
        and _is_time(event.get("timeUnixNano"))
        and _are_attributes(event.get("attributes"))
        for event in events
    )


def _are_linked(links: object) -> bool:
    return isinstance(links, list) and all(
        isinstance(link, dict)
        and _matches(_TRACE_ID, link.get("traceId"))
        and _matches(_SPAN_ID, link.get("spanId"))
        and _are_attributes(link.get("attributes"))
        for link in links
    )


def _are_attributes(attributes: object, room: int = MAX_LEVELS) -> bool:
    """Whether every key is text, none occurs twice, and values have one known member."""
    if attributes is None:
        return True
    return (
        isinstance(attributes, list)
        and all(
            isinstance(entry, dict)
            and isinstance(entry.get("key"), str)
            and _is_value(entry.get("value", {}), room)
            for entry in attributes
        )
        and len({entry["key"] for entry in attributes}) == len(attributes)
    )


def _are_values(holder: Any, room: int) -> bool:
    """Whether an array has a list of such values, or none at all."""
    values = holder.get("values", [])
    return isinstance(values, list) and all(_is_value(value, room) for value in values)


def _is_value(value: object, room: int) -> bool:
    if room < 1 or not isinstance(value, dict) or len(value) > 1:
        return False
    for member, inner in value.items():
        if type(inner) not in _VALUE_TYPES.get(member, ()):
            return False
        if member == "arrayValue" and not _are_values(inner, room - ARRAY_LEVELS):
            return False
        if member == "kvlistValue" and not _are_attributes(
            inner.get("values"), room - KVLIST_LEVELS
        ):
            return False
    return True
