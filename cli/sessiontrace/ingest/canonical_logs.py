"""Log records that speak of sessions; all else of other signals is only counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from sessiontrace.ingest.canonical_ids import SPAN_HEX, TRACE_HEX, decode_id, is_blank, is_zero
from sessiontrace.ingest.canonical_numbers import time_text
from sessiontrace.ingest.canonical_spans import members, snake, text
from sessiontrace.ingest.canonical_types import Canonical, Json, NoteBook, Reject, excerpt
from sessiontrace.ingest.canonical_values import shallow_attributes

if TYPE_CHECKING:
    from collections.abc import Iterator

# The name of a turn attribute begins at a word: `return.code` is none.
_TELLING_KEY = re.compile(r"session\.id|conversation\.id|user\.id|(?<![A-Za-z])turn\.")
_TELLING_EVENTS = frozenset({"gen_ai.evaluation.result", "session.start", "session.end"})
_RECORD = {
    alias: name
    for name in (
        *("traceId", "spanId", "timeUnixNano", "observedTimeUnixNano"),
        *("eventName", "body", "attributes"),
    )
    for alias in (name, snake(name))
}
_RECORD["name"] = "eventName"
_SIGNALS = {
    "logs": ("resourceLogs", ("scopeLogs", "instrumentationLibraryLogs"), "logRecords"),
    "metrics": ("resourceMetrics", ("scopeMetrics", "instrumentationLibraryMetrics"), "metrics"),
    "profiles": ("resourceProfiles", ("scopeProfiles",), "profiles"),
}


class OtherSignals:
    """Counts logs, metrics and profiles into a result, and keeps the telling log records."""

    def __init__(self, result: Canonical, book: NoteBook) -> None:
        """Write into `result`, and notes into `book`."""
        self._result = result
        self._book = book

    def read(self, record: Json) -> bool:
        """Read every other signal of a record; returns whether there was one."""
        is_found = False
        for signal, (top, scopes, leaf) in _SIGNALS.items():
            names = [name for name in (top, snake(top)) if name in record]
            is_bare = any(name in record for s in scopes for name in (s, snake(s)))
            if not names and not is_bare:
                continue
            is_found = True
            count = 0
            owners = [(f"/{n}/{i}", r) for n in names for i, r in _items(record, n)]
            for pointer, resource in owners or ([("", record)] if is_bare else []):
                for where, scope, name in _leaves(resource, scopes, leaf, pointer):
                    count += len(scope[name])
                    if signal == "logs":
                        self._logs(scope, name, resource, where)
            self._result.other[signal] = count
        return is_found

    def _logs(self, scope: Json, name: str, resource: Json, pointer: str) -> None:
        self._book.about_record()
        holder = resource.get("resource")
        raw = holder.get("attributes") if isinstance(holder, dict) else None
        shared = shallow_attributes(raw, "resource.attributes", self._book)
        inner = scope.get("scope")
        scope_name = inner.get("name") if isinstance(inner, dict) else None
        for index, value in enumerate(scope[name]):
            if type(value) is not dict:
                self._result.rejected_logs += 1
                reject = Reject(
                    f"{pointer}/{name}/{index}", "log_record_not_an_object", excerpt(value)
                )
                self._result.rejects.append(reject)
                continue
            kept = _log_record(value, self._book)
            if kept is not None:
                kept["resource_attributes"] = shared
                kept["scope_name"] = scope_name if isinstance(scope_name, str) else None
                self._result.log_records.append(kept)


def _log_record(raw: Json, book: NoteBook) -> Json | None:
    """The record if it carries session, user, turn or evaluation data, else None."""
    found = members(raw, _RECORD, NoteBook([]))
    pairs = shallow_attributes(found.get("attributes"), "attributes", NoteBook([]))
    body = _body(found.get("body"))
    name = text(found.get("eventName"), "eventName", NoteBook([]))
    if not name:
        named = (p["value"].get("stringValue") for p in pairs if p["key"] == "event.name")
        name = next(named, None) or ""
    is_telling = name in _TELLING_EVENTS or body in _TELLING_EVENTS
    if not is_telling and not any(_TELLING_KEY.search(pair["key"]) for pair in pairs):
        return None
    trace_id, trace_codes = _linked_id(found.get("traceId"), TRACE_HEX)
    span_id, span_codes = _linked_id(found.get("spanId"), SPAN_HEX)
    book.about(trace_id, span_id)
    book.add_all(trace_codes, "logs.traceId")
    book.add_all(span_codes, "logs.spanId")
    # Read again, now with notes: most records are never kept, and theirs would only be noise.
    found = members(raw, _RECORD, book, "logs.")
    time = found.get("timeUnixNano")
    if time in (None, 0, "0"):
        time = found.get("observedTimeUnixNano")
    return {
        "trace_id": trace_id,
        "span_id": span_id,
        "time_unix_nano": time_text(time, "logs.timeUnixNano", book),
        "event_name": name or None,
        "body": body,
        "attributes": shallow_attributes(found.get("attributes"), "logs.attributes", book),
    }


def _linked_id(raw: object, digits: int) -> tuple[str | None, tuple[str, ...]]:
    if not isinstance(raw, str) or is_blank(raw):
        return None, ()
    decoded, codes = decode_id(raw, digits)
    return (None, ()) if is_zero(decoded) else (decoded, codes)


def _body(raw: Any) -> str | None:
    """The body as text: a string as it is, any other value as its strict JSON."""
    if raw is None:
        return None
    pairs = shallow_attributes([{"key": "body", "value": raw}], "body", NoteBook([]))
    value = pairs[0]["value"] if pairs else {}
    if "stringValue" in value:
        return str(value["stringValue"])
    return msgspec.json.encode(value).decode() if value else None


def _items(owner: Json, name: str) -> Iterator[tuple[int, Json]]:
    values = owner.get(name)
    if isinstance(values, list):
        yield from ((i, value) for i, value in enumerate(values) if type(value) is dict)


def _leaves(
    resource: Json, scopes: tuple[str, ...], leaf: str, pointer: str
) -> Iterator[tuple[str, Json, str]]:
    """Every scope object with a list of records: its pointer, itself, the list's name."""
    for camel in scopes:
        for name in (camel, snake(camel)):
            for index, scope in _items(resource, name):
                for records in dict.fromkeys((leaf, snake(leaf))):
                    if isinstance(scope.get(records), list):
                        yield f"{pointer}/{name}/{index}", scope, records
