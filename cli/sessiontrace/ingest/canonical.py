"""Tolerant reading: any decoded JSON record in, strict OTLP/JSON and an account of it out.

What is strict already goes into SQL directly; whatever is odd but readable comes through here, so
that one mapping from OTLP to tables serves both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sessiontrace.ingest.canonical_logs import OtherSignals
from sessiontrace.ingest.canonical_spans import RejectedSpanError, members, span, text
from sessiontrace.ingest.canonical_types import (
    Canonical,
    Json,
    Note,
    NoteBook,
    Outcome,
    Reject,
    ResourceGroup,
    ScopeGroup,
    excerpt,
)
from sessiontrace.ingest.canonical_values import shallow_attributes
from sessiontrace.ingest.looks_like import looks_like

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Canonical",
    "Note",
    "Outcome",
    "Reject",
    "ResourceGroup",
    "ScopeGroup",
    "canonicalise",
    "encode_lines",
    "looks_like",
]

MAX_LINE_BYTES = 4 << 20
"""A line of output ends with the span that takes it beyond this, or earlier."""

_TOP = ("resourceSpans", "resource_spans")
_BATCHES = "batches"
_WRAPPER = "trace"
_SCOPES = ("scopeSpans", "scope_spans")
_LEGACY = ("instrumentationLibrarySpans", "instrumentation_library_spans")
_RESOURCE = {"attributes": "attributes"}
_RESOURCE_SPANS = {"resource": "resource", "schemaUrl": "schemaUrl", "schema_url": "schemaUrl"}
_SCOPE_SPANS = {
    "scope": "scope",
    "instrumentationLibrary": "instrumentationLibrary",
    "instrumentation_library": "instrumentationLibrary",
    "schemaUrl": "schemaUrl",
    "schema_url": "schemaUrl",
}
_SCOPE = {"name": "name", "version": "version", "attributes": "attributes"}


def canonicalise(record: Any) -> Canonical:
    """Return a decoded JSON record (line, document or array element) in strict form.

    Never raises, whatever the shape: what cannot be loaded is in `rejects`, what was corrected in
    `notes`. The input is not changed, but the result shares parts of it.
    """
    walk = _Walk()
    if not isinstance(record, dict):
        walk.reject("", "not_otlp", looks_like(record))
        return walk.finish()
    others = OtherSignals(walk.result, walk.book)
    is_known = not record or walk.envelope(record, "")
    wrapped = record.get(_WRAPPER)
    if not is_known and isinstance(wrapped, dict):
        is_known = walk.envelope(wrapped, f"/{_WRAPPER}")
    if not is_known and any(name in record for name in (*_SCOPES, *_LEGACY)):
        is_known = True
        walk.book.add("bare_resource_spans")
        walk.resource(record, "")
    is_known |= others.read(record)
    if not is_known:
        walk.reject("", "not_otlp", looks_like(record))
    return walk.finish()


def _holds_resource_spans(value: object) -> bool:
    """Whether a value is a list with an object in it that has scopes: others have batches too."""
    return isinstance(value, list) and any(
        isinstance(each, dict) and any(name in each for name in (*_SCOPES, *_LEGACY))
        for each in value
    )


class _Walk:
    """From the record down to its spans, with the JSON pointer of where it stands."""

    def __init__(self) -> None:
        self.result = Canonical()
        self.book = NoteBook(self.result.notes)

    def reject(self, pointer: str, reason: str, detail: str | None) -> None:
        self.result.rejects.append(Reject(pointer, reason, detail))

    def finish(self) -> Canonical:
        result = self.result
        if result.groups or result.log_records:
            result.outcome = Outcome.LOADED
        elif result.rejects:
            result.outcome = Outcome.REJECTED
        elif result.other:
            result.outcome = Outcome.OTHER_SIGNAL
        return result

    def objects(self, owner: Json, name: str, base: str, reason: str) -> Iterator[tuple[str, Json]]:
        """The objects of a list member with their pointers; rejects what is none."""
        if name[-6:] == "_spans":
            self.book.add("snake_case", None, name)
        values = owner[name]
        pointer = f"{base}/{name}"
        if values is None:
            self.book.add("null_member", name)
        elif not isinstance(values, list):
            self.reject(pointer, f"{reason}_not_a_list", excerpt(values))
        else:
            for index, value in enumerate(values):
                if type(value) is dict:
                    yield f"{pointer}/{index}", value
                else:
                    self.reject(f"{pointer}/{index}", f"{reason}_not_an_object", excerpt(value))

    def envelope(self, record: Json, base: str) -> bool:
        """Read the lists of ResourceSpans of a record; returns whether it has one.

        Tempo, and Grafana with it, calls the list `batches` and may wrap it into `trace`.
        """
        names = [name for name in _TOP if name in record]
        if not names and _holds_resource_spans(record.get(_BATCHES)):
            names = [_BATCHES]
        if names and (base or names[0] == _BATCHES):
            self.book.add("tempo_batches", names[0])
        for name in names:
            for pointer, value in self.objects(record, name, base, "resource_spans"):
                self.resource(value, pointer)
        return bool(names)

    def resource(self, raw: Json, pointer: str) -> None:
        self.book.about_record()
        found = members(raw, _RESOURCE_SPANS, self.book)
        resource = self.object_member(found, "resource", _RESOURCE)
        group = ResourceGroup(
            attributes=shallow_attributes(
                resource.get("attributes"), "resource.attributes", self.book
            ),
            scopes=[],
            schema_url=text(found.get("schemaUrl"), "schemaUrl", self.book),
        )
        for name in (*_SCOPES, *_LEGACY):
            if name in raw:
                if name in _LEGACY:
                    self.book.add("legacy_scope", name)
                for inner, value in self.objects(raw, name, pointer, "scope_spans"):
                    self.scope(value, inner, group)
        if group.scopes:
            self.result.groups.append(group)

    def scope(self, raw: Json, pointer: str, group: ResourceGroup) -> None:
        self.book.about_record()
        found = members(raw, _SCOPE_SPANS, self.book)
        name = "scope"
        if "scope" not in found and "instrumentationLibrary" in found:
            name = "instrumentationLibrary"
            self.book.add("legacy_scope", name)
        scope = self.object_member(found, name, _SCOPE)
        strict = ScopeGroup(
            name=text(scope.get("name"), "scope.name", self.book),
            version=text(scope.get("version"), "scope.version", self.book),
            attributes=shallow_attributes(scope.get("attributes"), "scope.attributes", self.book),
            spans=[],
            schema_url=text(found.get("schemaUrl"), "schemaUrl", self.book),
        )
        self.spans(raw.get("spans"), pointer, strict.spans)
        if strict.spans:
            group.scopes.append(strict)

    def object_member(self, found: Json, name: str, known: dict[str, str]) -> Json:
        value = found.get(name)
        if isinstance(value, dict):
            return members(value, known, self.book, f"{name}.")
        if value is not None:
            self.book.add("bad_member", name, excerpt(value))
        return {}

    def spans(self, raw: object, pointer: str, spans: list[Json]) -> None:
        if raw is None:
            return
        if not isinstance(raw, list):
            self.reject(f"{pointer}/spans", "spans_not_a_list", excerpt(raw))
            return
        result, book = self.result, self.book
        result.spans_seen += len(raw)
        for index, value in enumerate(raw):
            try:
                spans.append(span(value, book))
            except RejectedSpanError as error:
                result.rejected_spans += 1
                self.reject(f"{pointer}/spans/{index}", error.reason, error.detail)


def encode_lines(canonical: Canonical, spans_per_line: int = 256) -> Iterator[bytes]:
    r"""Yield the spans as compact strict OTLP/JSON lines, each ending in `\n`.

    A line holds at most `spans_per_line` spans and ends early after MAX_LINE_BYTES, so that one
    huge span does not make its neighbours unreadable. Canonicalising such a line and encoding it
    again yields the same line.
    """
    encode = msgspec.json.Encoder().encode
    groups: list[Json] = []
    count = size = 0
    for group in canonical.groups:
        groups.append(_resource_line(group))
        for scope in group.scopes:
            groups[-1]["scopeSpans"].append(_scope_line(scope))
            for strict in scope.spans:
                if count >= spans_per_line or size >= MAX_LINE_BYTES:
                    yield encode({"resourceSpans": _without_empty(groups)}) + b"\n"
                    groups = [_resource_line(group)]
                    groups[-1]["scopeSpans"].append(_scope_line(scope))
                    count = size = 0
                encoded = encode(strict)
                groups[-1]["scopeSpans"][-1]["spans"].append(msgspec.Raw(encoded))
                count += 1
                size += len(encoded)
    if count:
        yield encode({"resourceSpans": _without_empty(groups)}) + b"\n"


def _without_empty(groups: list[Json]) -> list[Json]:
    """Leave out the scopes and resources opened just before a line was full."""
    for group in groups:
        group["scopeSpans"] = [scope for scope in group["scopeSpans"] if scope["spans"]]
    return [group for group in groups if group["scopeSpans"]]


def _resource_line(group: ResourceGroup) -> Json:
    line: Json = {"resource": {"attributes": group.attributes}, "scopeSpans": []}
    return line | {"schemaUrl": group.schema_url} if group.schema_url else line


def _scope_line(scope: ScopeGroup) -> Json:
    head = {"name": scope.name, "version": scope.version, "attributes": scope.attributes}
    line: Json = {"scope": head, "spans": []}
    return line | {"schemaUrl": scope.schema_url} if scope.schema_url else line
