"""The tolerant lane: records in, strict lines and the account of one source out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sessiontrace.ingest.canonical import Canonical, Outcome, canonicalise, encode_lines, looks_like
from sessiontrace.ingest.decoding import UnreadableError, decoded
from sessiontrace.ingest.records import Shape, records_of
from sessiontrace.ingest.skim import Piece, short_lines, single_lines, skim, span_count
from sessiontrace.mask import mask_shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sessiontrace.ingest.records import Record
    from sessiontrace.ingest.source import Source

# Longer records are cut without being decoded: Python objects take ten times the size of the text.
LONG_RECORD = 4 << 20
LOG_COLUMNS = [
    *("source_id", "trace_id", "span_id", "time_unix_ns", "event_name", "body"),
    *("attribute_keys", "attribute_values", "resource_keys", "resource_values", "scope_name"),
]
_EXCERPT_BYTES = 200
_CUT_POINTER = "/resourceSpans/0/scopeSpans/0/spans/"
# What is left at the end of a file that was cut off.
_CUT_OFF = frozenset({"not_json", "not_utf8"})

Row = tuple[object, ...]


class TolerantReader:
    """Reads records into two files and keeps the account of one source.

    Attributes:
        rejects: rows of the table of that name, as are `notes` and `logs`.
        strict_spans: spans written into `strict`.
        cut_spans: spans written into `cut`, unread so far.
        longest: bytes of the longest line of `strict`; `longest_cut` of `cut`.
    """

    def __init__(self, source: Source, cut: Any, strict: Any) -> None:
        self.rejects: list[Row] = []
        self.notes: list[Row] = []
        self.logs: list[Row] = []
        self.longest = 0
        self.longest_cut = 0
        self.cut_spans = 0
        self.strict_spans = 0
        self._source = source
        self._cut = cut
        self._strict = strict
        self._pieces: list[tuple[int, Piece]] = []

    def pending(self) -> int:
        """Rows of the account that are not written yet."""
        return len(self.rejects) + len(self.notes) + len(self.logs)

    def read_all(self, records: Iterable[Record]) -> Iterator[None]:
        """Read records one after the other, with a pause before each.

        Of a damaged file the last record may be the one that the damage cut off: then both are one
        reject, else the damage is one more.
        """
        source = self._source
        cut_off = False
        for record in records:
            yield
            cut_off = self.read(record) in _CUT_OFF
        if source.trouble is None:
            return
        if cut_off:
            last = self.rejects.pop()
            self.rejects.append((*last[:3], source.trouble, last[4]))
        else:
            source.count(Outcome.REJECTED)
            self.rejects.append((source.source_id, None, "", source.trouble, None))

    def read(self, record: Record) -> str | None:
        """Read one record of the input and count it; returns why it is no JSON, if so."""
        if len(record.data) > LONG_RECORD and self._cut_short(record):
            return None
        try:
            value = decoded(record.data)
        except UnreadableError as error:
            if self._cut_short(record, at_least=2):
                return None  # the fault is in a string of one of its spans
            self._source.count(Outcome.REJECTED)
            excerpt = bytes(record.data[:_EXCERPT_BYTES]).decode("utf-8", "replace")
            self._reject(record.line_no, "", error.reason, mask_shape(excerpt))
            return error.reason
        canonical = canonicalise(value)
        source = self._source
        if canonical.outcome is Outcome.REJECTED and source.looks_like is None:
            source.looks_like = looks_like(value)
        source.count(canonical.outcome)
        self._take(canonical, record.line_no)
        return None

    def read_cut(self, view: memoryview) -> None:
        """Read again, tolerantly, what was cut from long records; it is counted already."""
        noted: set[tuple[object, ...]] = set()
        lines = records_of(view, Shape("lines"))
        for (line_no, piece), record in zip(self._pieces, lines, strict=True):
            for first, canonical in self._canonicals(record, line_no, piece):
                # Of the resource and scope, which every piece repeats, one note is enough.
                about = [(line_no, note.code, note.key) for note in canonical.notes]
                canonical.notes = [
                    note
                    for note, seen in zip(canonical.notes, about, strict=True)
                    if note.span_id is not None or seen not in noted
                ]
                noted.update(about)
                for reject in canonical.rejects:
                    reject.pointer = _whole_pointer(reject.pointer, piece, first)
                self._take(canonical, line_no)

    def _canonicals(
        self, record: Record, line_no: int, piece: Piece
    ) -> Iterator[tuple[int, Canonical]]:
        """A piece as a whole, or span by span if one of them cannot be decoded."""
        try:
            yield piece.first_span, canonicalise(decoded(record.data))
            return
        except UnreadableError:
            pass
        envelope = skim(record.data)
        for number, line in enumerate(single_lines(envelope) if envelope else ()):
            first = piece.first_span + number
            try:
                yield first, canonicalise(decoded(line))
            except UnreadableError as error:
                self._source.spans_seen += 1
                self._source.rejected_spans += 1
                pointer = _whole_pointer(f"{_CUT_POINTER}0", piece, first)
                self._reject(line_no, pointer, error.reason, None)

    def _take(self, canonical: Canonical, line_no: int) -> None:
        """Keep what a record yields: strict lines, rejects, notes and log records."""
        source = self._source
        source.add(canonical)
        for reject in canonical.rejects:
            self._reject(line_no, reject.pointer, reject.reason, reject.detail)
        self.notes += [
            (source.source_id, note.trace_id, note.span_id, note.code, note.key, note.detail)
            for note in canonical.notes
        ]
        self.logs += [_log_row(source.source_id, each) for each in canonical.log_records]
        self.strict_spans += canonical.spans_seen - canonical.rejected_spans
        for line in encode_lines(canonical):
            self.longest = max(self.longest, len(line))
            self._strict.write(line)

    def _cut_short(self, record: Record, at_least: int = 1) -> bool:
        """Cut a record of that many spans without decoding them, if its envelope is strict."""
        envelope = skim(record.data)
        if envelope is None or span_count(envelope) < at_least:
            return False
        for piece in short_lines(envelope):
            self.longest_cut = max(self.longest_cut, len(piece.line))
            self._cut.write(piece.line)
            self._pieces.append((record.line_no, piece._replace(line=b"")))
        self.cut_spans += span_count(envelope)
        self._source.count(Outcome.LOADED)
        return True

    def _reject(self, line_no: int, pointer: str, reason: str, detail: str | None) -> None:
        self.rejects.append((self._source.source_id, line_no, pointer, reason, detail))


def _whole_pointer(pointer: str, piece: Piece, first_span: int) -> str:
    """Where in its record a part of a piece stood, whose first span is the one of that number."""
    index, slash, rest = pointer.removeprefix(_CUT_POINTER).partition("/")
    if not pointer.startswith(_CUT_POINTER) or not index.isdecimal():
        return pointer
    number = first_span + int(index)
    return f"/resourceSpans/{piece.resource}/scopeSpans/{piece.scope}/spans/{number}{slash}{rest}"


def _log_row(source_id: int, record: dict[str, Any]) -> Row:
    """A row of log_records without its number, which the sequence gives."""
    keys, values = _keys_and_values(record["attributes"])
    resource_keys, resource_values = _keys_and_values(record["resource_attributes"])
    return (
        source_id,
        record["trace_id"],
        record["span_id"],
        record["time_unix_nano"],
        record["event_name"],
        record["body"],
        keys,
        values,
        resource_keys,
        resource_values,
        record["scope_name"],
    )


def _keys_and_values(attributes: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    keys = [attribute["key"] for attribute in attributes]
    values = [msgspec.json.encode(attribute["value"]).decode() for attribute in attributes]
    return keys, values
