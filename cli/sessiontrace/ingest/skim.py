"""Cuts long records into short lines without looking into the spans.

DuckDB parses one JSON value on one thread and wants several times its size in memory; a document of
a gigabyte takes it minutes. Cutting runs at several hundred MB/s in memory bounded by the list of
spans of one record, and leaves every byte of a span as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from sessiontrace.ingest.decoding import NOT_JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

# Short enough for DuckDB to spread over its threads, long enough that the wrapping costs nothing.
LINE_BYTES = 1 << 18
_NOTHING = msgspec.Raw(b"{}")


class ScopeSpans(
    msgspec.Struct, rename={"schema_url": "schemaUrl"}, forbid_unknown_fields=True, gc=False
):
    """`scopeSpans` with its spans left unparsed."""

    spans: list[msgspec.Raw] = []
    scope: msgspec.Raw = _NOTHING
    schema_url: msgspec.Raw = _NOTHING


class ResourceSpans(
    msgspec.Struct,
    rename={"scope_spans": "scopeSpans", "schema_url": "schemaUrl"},
    forbid_unknown_fields=True,
    gc=False,
):
    """`resourceSpans` with its resource left unparsed."""

    scope_spans: list[ScopeSpans] = []
    resource: msgspec.Raw = _NOTHING
    schema_url: msgspec.Raw = _NOTHING


class TracesData(
    msgspec.Struct, rename={"resource_spans": "resourceSpans"}, forbid_unknown_fields=True, gc=False
):
    """The envelope, nothing else: another member may hold more spans in another spelling."""

    resource_spans: list[ResourceSpans]


class Piece(NamedTuple):
    """A short line, and where its spans stood: indices of resource, scope and first span."""

    resource: int
    scope: int
    first_span: int
    line: bytes


def skim(data: memoryview) -> TracesData | None:
    """Return the envelope of a record, or None if it is not TracesData in camelCase with spans."""
    try:
        envelope = msgspec.json.decode(data, type=TracesData)
    except NOT_JSON:
        return None
    return envelope if span_count(envelope) else None


def span_count(envelope: TracesData) -> int:
    """Number of spans."""
    return sum(len(scope.spans) for each in envelope.resource_spans for scope in each.scope_spans)


def single_lines(envelope: TracesData) -> Iterator[bytes]:
    """Yield the same spans as TracesData lines of one span each."""
    for piece in short_lines(envelope, line_bytes=0):
        yield piece.line


def short_lines(envelope: TracesData, line_bytes: int = LINE_BYTES) -> Iterator[Piece]:
    """Yield the same spans as TracesData lines of about that many bytes."""
    for i, resource in enumerate(envelope.resource_spans):
        for j, scope in enumerate(resource.scope_spans):
            head = b'{"resourceSpans":[{"resource":%b,"scopeSpans":[{"scope":%b,"spans":[' % (
                _one_line(resource.resource),
                _one_line(scope.scope),
            )
            first = 0
            for count, spans in _chunks(scope.spans, line_bytes):
                yield Piece(i, j, first, head + spans + b"]}]}]}\n")
                first += count


def _chunks(spans: list[msgspec.Raw], line_bytes: int) -> Iterator[tuple[int, bytes]]:
    chunk: list[bytes] = []
    size = 0
    for span in spans:
        text = _one_line(span)
        if chunk and size + len(text) > line_bytes:
            yield len(chunk), b",".join(chunk)
            chunk, size = [], 0
        chunk.append(text)
        size += len(text)
    if chunk:
        yield len(chunk), b",".join(chunk)


def _one_line(raw: msgspec.Raw) -> bytes:
    """A raw value without line breaks: those of a pretty document stand between tokens only."""
    text = bytes(raw)
    return text.replace(b"\r", b" ").replace(b"\n", b" ") if b"\n" in text else text
