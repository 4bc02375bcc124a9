"""Loads files into the store's record tables and accounts for every record and span.

Two lanes. Strict JSON Lines go straight into SQL. Everything else is brought into that form first:
long records are cut into short lines, odd ones are read tolerantly, and both then take the same
SQL. A file of the fast lane whose counts do not come out goes through the tolerant reader as a
whole, so no line is ever judged by two readers.
"""

from __future__ import annotations

import glob
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from sessiontrace.ingest.canonical import Canonical, Outcome, canonicalise, encode_lines, looks_like
from sessiontrace.ingest.decoding import UnreadableError, decoded
from sessiontrace.ingest.plain import PlainFile, as_plain
from sessiontrace.ingest.records import Record, Shape, mapped, records_of, shape_of
from sessiontrace.ingest.rows import insert_rows
from sessiontrace.ingest.skim import short_lines, skim, span_count
from sessiontrace.ingest.strict import is_strict
from sessiontrace.mask import mask_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sessiontrace.ingest.discover import InputFile

# Longer lines are cut first: DuckDB's buffers are twice the longest line, for every thread.
_LONG_LINE = 8 << 20
_LONG_RECORD = 4 << 20
_SMALLEST_OBJECT = 1 << 20
LOG_COLUMNS = [
    *("source_id", "trace_id", "span_id", "time_unix_ns", "event_name", "body"),
    *("attribute_keys", "attribute_values", "resource_keys", "resource_values", "scope_name"),
]
_CONTAINERS = {
    "empty": "empty",
    "lines": "otlp-json-lines",
    "document": "otlp-json",
    "array": "otlp-json-array",
    "concatenated": "otlp-json-concatenated",
}


@dataclass(slots=True)
class Source:
    """One input file with its counters; the fields are the columns of `source_files`."""

    source_id: int
    path: str
    is_companion: bool
    container: str = "unknown"
    compression: str | None = None
    bytes: int = 0
    digest: str | None = None
    records: int = 0
    loaded: int = 0
    empty: int = 0
    other_signal: int = 0
    rejected: int = 0
    spans_seen: int = 0
    rejected_spans: int = 0
    log_records: int = 0
    skipped_as_loaded: bool = False
    looks_like: str | None = None

    def count(self, outcome: Outcome) -> None:
        """Put one record into its counter."""
        self.records += 1
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)


@dataclass(slots=True)
class _Lane:
    """Files to insert in one statement: plain path -> source, and the longest line."""

    paths: dict[str, Source] = field(default_factory=dict)
    longest: int = 0

    def add(self, path: str, source: Source, longest: int) -> None:
        self.paths[path] = source
        self.longest = max(self.longest, longest)


class Loader:
    """Loads files into an open store.

    Args:
        con: a connection whose schema exists and which may read the files.
        span_records_sql: the statement of the fast lane.
        workdir: a private folder for decompressed and rewritten files.
        on_file: called with the number of bytes of each file once it is read.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        span_records_sql: str,
        workdir: Path,
        *,
        on_file: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._con = con
        self._sql = span_records_sql
        self._workdir = workdir
        self._on_file = on_file
        self._strict = _Lane()
        self._troubles: list[tuple[Source, str]] = []

    def load(self, files: Sequence[InputFile], *, want_digest: bool) -> list[Source]:
        """Load the files and return their counters; files loaded before are skipped by digest."""
        sources: list[Source] = []
        for file in files:
            plain = as_plain(file.path, self._workdir, want_digest=want_digest)
            source = self._open_source(file, plain)
            sources.append(source)
            if plain.digest is not None and self._is_loaded(plain.digest):
                source.skipped_as_loaded = True
                continue
            self._read(plain, source)
        self._flush_strict()
        for source, trouble in self._troubles:
            source.count(Outcome.REJECTED)
            self._reject(source, 0, "", trouble, None)
        for source in sources:
            if not source.skipped_as_loaded:
                self._write_source(source)
        return sources

    # -- one file ---------------------------------------------------------------------------------

    def _open_source(self, file: InputFile, plain: PlainFile) -> Source:
        row = self._con.execute("select nextval('source_id_seq')").fetchall()[0]
        return Source(
            source_id=row[0],
            path=file.path,
            is_companion=file.is_companion,
            compression=plain.compression,
            bytes=plain.bytes,
            digest=plain.digest,
        )

    def _is_loaded(self, digest: str) -> bool:
        query = "select count(*) from source_files where digest = ?"
        return bool(self._con.execute(query, [digest]).fetchall()[0][0])

    def _read(self, plain: PlainFile, source: Source) -> None:
        with mapped(plain.path) as view:
            shape = shape_of(view)
            source.container = _CONTAINERS[shape.container]
            if self._is_fast(view, shape):
                path = self._literal_path(plain.path)
                source.records = shape.records
                self._strict.add(path, source, shape.longest)
                if len(self._strict.paths) >= 256:
                    self._flush_strict()
            else:
                self._read_tolerantly(view, shape, source)
        if plain.trouble is not None:
            self._troubles.append((source, plain.trouble))
        self._on_file(source.bytes)

    @staticmethod
    def _is_fast(view: memoryview, shape: Shape) -> bool:
        if shape.container != "lines" or shape.longest > _LONG_LINE:
            return False
        first = next(iter(records_of(view, shape)))
        try:
            return is_strict(msgspec.json.decode(first.data))
        except (msgspec.DecodeError, RecursionError):
            return False

    def _literal_path(self, path: Path) -> str:
        """A path that DuckDB does not take for a glob."""
        text = str(path)
        if not glob.has_magic(text):
            return text
        link = self._workdir / f"link-{len(os.listdir(self._workdir))}"
        link.symlink_to(path.resolve())
        return str(link)

    # -- the fast lane ----------------------------------------------------------------------------

    def _flush_strict(self) -> None:
        lane, self._strict = self._strict, _Lane()
        if not lane.paths:
            return
        mark = self._last_line_id()
        try:
            self._insert(lane)
            counts = self._line_counts(mark)
        except duckdb.InvalidInputException:
            # One line nested deeper than 128 levels fails the statement for every file in it.
            counts = {}
        for path, source in lane.paths.items():
            lines, spans, odd = counts.get(source.source_id, (0, 0, 0))
            with mapped(Path(path)) as view:
                if odd or (lines != source.records and not self._read_rest(view, source, lines)):
                    self._forget(source, mark)
                    source.records = 0
                    self._read_tolerantly(view, shape_of(view), source)
                else:
                    source.loaded += lines
                    source.spans_seen += spans

    def _read_rest(self, view: memoryview, source: Source, loaded: int) -> bool:
        """Read the lines that gave no span, if they are exactly those without an envelope of spans.

        An export cut off in its last line, or with an empty batch in it, need not be read twice.
        """
        rest = [
            record
            for record in records_of(view, Shape("lines"))
            if loaded and skim(record.data) is None
        ]
        if not loaded or len(rest) != source.records - loaded:
            return False
        source.records -= len(rest)
        self._read_records(rest, source)
        return True

    def _last_line_id(self) -> int:
        return int(self._con.execute("select nextval('line_id_seq')").fetchall()[0][0])

    def _insert(self, lane: _Lane) -> None:
        """Run the statement over the files of a lane."""
        self._con.execute(
            "create or replace temp table batch_files (source_id integer, plain_path varchar)"
        )
        insert_rows(
            self._con,
            "batch_files",
            [(source.source_id, path) for path, source in lane.paths.items()],
        )
        size = max(_SMALLEST_OBJECT, lane.longest + 1024)
        statement = self._sql.format(maximum_object_size=size)
        self._con.execute(statement, {"files": list(lane.paths)})

    def _line_counts(self, mark: int) -> dict[int, tuple[int, int, int]]:
        """Lines, spans and spans to look at again, by source."""
        query = """
            with fresh as (from span_records where line_id > $mark),
            odd_values as (
                select source_id
                from (
                    select source_id, unnest(attribute_keys) as key,
                        unnest(attribute_values) as value
                    from fresh
                )
                where key is null or not any_value_is_strict(value)
            ),
            odd_by_source as (select source_id, count(*) as odd from odd_values group by all)
            select source_id, count(distinct line_id), count(*),
                count(*) filter (is_odd) + coalesce(any_value(odd), 0)
            from fresh left join odd_by_source using (source_id)
            group by source_id
        """
        rows = self._con.execute(query, {"mark": mark}).fetchall()
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def _forget(self, source: Source, mark: int) -> None:
        self._con.execute(
            "delete from span_records where source_id = ? and line_id > ?", [source.source_id, mark]
        )

    # -- the tolerant lane ------------------------------------------------------------------------

    def _read_tolerantly(self, view: memoryview, shape: Shape, source: Source) -> None:
        self._read_records(records_of(view, shape), source)

    def _read_records(self, records: Iterable[Record], source: Source) -> None:
        """Rewrite records as strict lines and load those."""
        with (
            tempfile.NamedTemporaryFile(dir=self._workdir, suffix=".jsonl") as cut,
            tempfile.NamedTemporaryFile(dir=self._workdir, suffix=".jsonl") as strict,
        ):
            reader = _TolerantReader(source, cut, strict)
            for record in records:
                reader.read(record)
                if reader.pending() > 20_000:
                    self._write_account(source, reader)
            cut.flush()
            strict.flush()
            self._load_cut(cut.name, source, reader, strict)
            self._write_account(source, reader)
            source.looks_like = reader.looks_like
            if os.path.getsize(strict.name):
                lane = _Lane()
                lane.add(strict.name, source, reader.longest)
                self._insert(lane)

    def _load_cut(self, path: str, source: Source, reader: _TolerantReader, strict: Any) -> None:
        """Load lines cut from long records; if one is odd, read all of them tolerantly."""
        if not os.path.getsize(path):
            return
        lane = _Lane()
        lane.add(path, source, reader.longest_cut)
        mark = self._last_line_id()
        try:
            self._insert(lane)
            _, spans, odd = self._line_counts(mark).get(source.source_id, (0, 0, 0))
        except duckdb.InvalidInputException:
            spans, odd = 0, 1
        if spans == reader.cut_spans and not odd:
            source.spans_seen += spans
            return
        self._forget(source, mark)
        with mapped(Path(path)) as view:
            for record in records_of(view, Shape("lines")):
                reader.take(canonicalise(decoded(record.data)), record.line_no)
        strict.flush()

    def _write_account(self, source: Source, reader: _TolerantReader) -> None:
        insert_rows(self._con, "rejects", reader.rejects)
        insert_rows(self._con, "ingest_notes", reader.notes)
        insert_rows(self._con, "log_records", reader.logs, columns=LOG_COLUMNS)
        reader.rejects, reader.notes, reader.logs = [], [], []

    def _reject(
        self, source: Source, line_no: int, pointer: str, reason: str, detail: str | None
    ) -> None:
        row = (source.source_id, line_no or None, pointer, reason, detail)
        insert_rows(self._con, "rejects", [row])

    def _write_source(self, source: Source) -> None:
        row = (
            source.source_id,
            source.path,
            source.container,
            None,
            source.compression,
            source.bytes,
            source.digest,
            source.records,
            source.loaded,
            source.empty,
            source.other_signal,
            source.rejected,
            source.spans_seen,
            0,
            source.rejected_spans,
            source.log_records,
        )
        insert_rows(self._con, "source_files", [row])


class _TolerantReader:
    """Turns records into strict lines in two files and keeps the account of one source."""

    def __init__(self, source: Source, cut: Any, strict: Any) -> None:
        self.rejects: list[tuple[object, ...]] = []
        self.notes: list[tuple[object, ...]] = []
        self.logs: list[tuple[object, ...]] = []
        self.longest = 0
        self.longest_cut = 0
        self.cut_spans = 0
        self.looks_like: str | None = None
        self._source = source
        self._cut = cut
        self._strict = strict

    def pending(self) -> int:
        """Rows of the account that are not written yet."""
        return len(self.rejects) + len(self.notes) + len(self.logs)

    def read(self, record: Record) -> None:
        """Read one record of the input and count it."""
        if len(record.data) > _LONG_RECORD and self._cut_short(record):
            return
        try:
            value = decoded(record.data)
        except UnreadableError as error:
            self._source.count(Outcome.REJECTED)
            excerpt = mask_shape(bytes(record.data[:200]).decode("utf-8", "replace"))
            self._add_reject(record.line_no, "", error.reason, excerpt)
            return
        canonical = canonicalise(value)
        if canonical.outcome is Outcome.REJECTED and self.looks_like is None:
            self.looks_like = looks_like(value)
        self._source.count(canonical.outcome)
        self.take(canonical, record.line_no)

    def take(self, canonical: Canonical, line_no: int) -> None:
        """Keep what a record yields: strict lines, rejects, notes and log records."""
        source = self._source
        source.spans_seen += canonical.spans_seen
        source.rejected_spans += canonical.rejected_spans
        for reject in canonical.rejects:
            self._add_reject(line_no, reject.pointer, reject.reason, reject.detail)
        self.notes += [
            (source.source_id, note.trace_id, note.span_id, note.code, note.key, note.detail)
            for note in canonical.notes
        ]
        source.log_records += len(canonical.log_records)
        self.logs += [_log_row(source.source_id, each) for each in canonical.log_records]
        for line in encode_lines(canonical):
            self.longest = max(self.longest, len(line))
            self._strict.write(line)

    def _cut_short(self, record: Record) -> bool:
        envelope = skim(record.data)
        if envelope is None:
            return False
        for line in short_lines(envelope):
            self.longest_cut = max(self.longest_cut, len(line))
            self._cut.write(line)
        self.cut_spans += span_count(envelope)
        self._source.count(Outcome.LOADED)
        return True

    def _add_reject(self, line_no: int, pointer: str, reason: str, detail: str | None) -> None:
        self.rejects.append((self._source.source_id, line_no, pointer, reason, detail))


def _log_row(source_id: int, record: dict[str, Any]) -> tuple[object, ...]:
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
