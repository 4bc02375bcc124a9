"""Loads files into the store's record tables and accounts for every record and span.

Two lanes. Strict JSON Lines go straight into SQL. Everything else is brought into that form first:
long records are cut into short lines, odd ones are read tolerantly, and both then take the same
SQL. A file of the fast lane whose counts do not come out goes through the tolerant reader as a
whole, so no line is ever judged by two readers.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from sessiontrace.catalog import queries_root
from sessiontrace.errors import UsageError
from sessiontrace.ingest.canonical import Outcome, canonicalise
from sessiontrace.ingest.decoding import NOT_JSON, UnreadableError, decoded
from sessiontrace.ingest.fast_lane import Counts, FastLane, Lane
from sessiontrace.ingest.plain import PlainFile, as_plain
from sessiontrace.ingest.records import (
    Record,
    Shape,
    contains,
    mapped,
    records_of,
    sampled,
    shape_of,
)
from sessiontrace.ingest.rows import insert_rows
from sessiontrace.ingest.skim import skim, span_count
from sessiontrace.ingest.source import Source
from sessiontrace.ingest.strict import is_strict
from sessiontrace.ingest.tolerant import LOG_COLUMNS, TolerantReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import duckdb

    from sessiontrace.ingest.discover import InputFile

__all__ = ["Loader", "Source"]

# Longer lines are cut first: DuckDB's buffers are twice the longest line, for every thread.
_LONG_LINE = 8 << 20
_FILES_AT_ONCE = 256
_CONTAINERS = {
    "empty": "empty",
    "lines": "otlp-json-lines",
    "document": "otlp-json",
    "array": "otlp-json-array",
    "concatenated": "otlp-json-concatenated",
}
# Attributes that are no list: SQL sees none where the tolerant reader sees plain ones.
_PLAIN_ATTRIBUTES = (b'"attributes":{', b'"attributes": {')


class Loader:
    """Loads files into an open store.

    Args:
        con: a connection whose schema exists and which may read the files.
        span_records_sql: the statement of the fast lane.
        workdir: a private folder for decompressed and rewritten files.
        on_file: called with the number of bytes of each file once it is in the tables.
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
        self._lane = FastLane(con, span_records_sql, workdir)
        self._workdir = workdir
        self._on_file = on_file
        self._strict = Lane()
        self._copies: list[PlainFile] = []

    def load(self, files: Sequence[InputFile], *, want_digest: bool) -> list[Source]:
        """Load the files and return their counters; files loaded before are skipped by digest.

        Raises:
            UsageError: a file that was named cannot be read.
            StoreError: there is no room for a decompressed file.
        """
        sources = [self._load_file(file, want_digest=want_digest) for file in files]
        self._flush_strict()
        if any(source.log_records for source in sources):
            self._con.execute((queries_root() / "ingest" / "duplicate_logs.sql").read_text("utf-8"))
        self._forget_companions(sources)
        rows = [
            source.row()
            for source in sources
            if not source.skipped_as_loaded and not source.is_left_out
        ]
        insert_rows(self._con, "source_files", rows)
        return sources

    def _forget_companions(self, sources: Sequence[Source]) -> None:
        """What lies beside exports and is none is no source: neither counted nor rejected."""
        left_out = [source.source_id for source in sources if source.is_left_out]
        for table in ("rejects", "ingest_notes") if left_out else ():
            self._con.execute(
                f"delete from {table} where list_contains($ids, source_id)", {"ids": left_out}
            )

    # -- one file ---------------------------------------------------------------------------------

    def _load_file(self, file: InputFile, *, want_digest: bool) -> Source:
        source_id = self._lane.next("source_id_seq")
        try:
            plain = as_plain(file.path, self._workdir, want_digest=want_digest)
        except UsageError as error:
            if file.named:
                raise
            # One unreadable file of a folder does not cost the others.
            source = Source.begin(source_id, file)
            source.unreadable = error.message.rpartition(": ")[2]
            self._reject_whole(source, "unreadable", source.unreadable)
            return source
        source = Source.begin(source_id, file, plain)
        if plain.digest is not None and self._is_loaded(plain.digest):
            source.skipped_as_loaded = True
            plain.discard()
        elif plain.foreign is not None:
            self._reject_whole(source, "not_otlp", plain.foreign)
            plain.discard()
        else:
            self._read(plain, source)
        if not self._is_waiting(source):
            self._on_file(source.bytes)
        elif len(self._strict.paths) >= _FILES_AT_ONCE:
            self._flush_strict()
        return source

    def _is_waiting(self, source: Source) -> bool:
        """Whether the file is yet to be inserted, which is where its time goes."""
        return any(source is waiting for waiting in self._strict.paths.values())

    def _is_loaded(self, digest: str) -> bool:
        query = "select count(*) from source_files where digest = ?"
        return bool(self._con.execute(query, [digest]).fetchall()[0][0])

    def _reject_whole(self, source: Source, reason: str, detail: str) -> None:
        source.count(Outcome.REJECTED)
        insert_rows(self._con, "rejects", [(source.source_id, None, "", reason, detail)])

    def _read(self, plain: PlainFile, source: Source) -> None:
        with mapped(plain.path) as view:
            shape = shape_of(view)
            source.container = _CONTAINERS[shape.container]
            if source.trouble is None and self._is_fast(view, shape):
                source.records = shape.records
                self._strict.add(self._lane.literal_path(plain.path), source, shape.longest)
                self._copies.append(plain)
                return
            self._read_tolerantly(records_of(view, shape), source)
        plain.discard()

    @staticmethod
    def _is_fast(view: memoryview, shape: Shape) -> bool:
        if shape.container != "lines" or shape.longest > _LONG_LINE:
            return False
        try:
            return all(is_strict(msgspec.json.decode(line)) for line in sampled(view))
        except NOT_JSON:
            return False

    # -- the fast lane ----------------------------------------------------------------------------

    def _flush_strict(self) -> None:
        lane, self._strict = self._strict, Lane()
        if not lane.paths:
            return
        for part in self._lane.insert(lane):
            self._settle(*part)
        for source in lane.paths.values():
            self._on_file(source.bytes)
        for copy in self._copies:
            copy.discard()
        self._copies.clear()

    def _settle(self, lane: Lane, mark: int, counts: dict[int, Counts]) -> None:
        """Count what was inserted, and read tolerantly where it is not all there is."""
        for path, source in lane.paths.items():
            found = counts.get(source.source_id, Counts())
            with mapped(Path(path)) as view:
                if self._is_settled(view, source, found):
                    source.loaded += found.lines
                    source.spans_seen += found.spans
                else:
                    self._lane.forget(source, mark)
                    source.records = 0
                    self._read_tolerantly(records_of(view, shape_of(view)), source)

    def _is_settled(self, view: memoryview, source: Source, found: Counts) -> bool:
        if found.odd or (found.bare and contains(view, _PLAIN_ATTRIBUTES)):
            return False
        return found.lines == source.records or self._read_rest(view, source, found)

    def _read_rest(self, view: memoryview, source: Source, found: Counts) -> bool:
        """Read the lines that gave no span, if they are exactly those without spans.

        An export cut off in its last line, or with an empty batch in it, need not be read twice.
        """
        if not found.lines:
            return False
        rest: list[Record] = []
        spans = 0
        for record in records_of(view, Shape("lines")):
            envelope = skim(record.data)
            if envelope is None:
                rest.append(record)
            else:
                spans += span_count(envelope)
        missing = source.records - found.lines
        if len(rest) != missing or spans != found.spans or any(map(_has_spans, rest)):
            return False
        source.records -= missing
        self._read_tolerantly(rest, source)
        return True

    # -- the tolerant lane ------------------------------------------------------------------------

    def _read_tolerantly(self, records: Iterable[Record], source: Source) -> None:
        """Rewrite records as strict lines and load those."""
        with self._scratch() as cut, self._scratch() as strict:
            reader = TolerantReader(source, cut, strict)
            for _ in reader.read_all(records):
                if reader.pending() > 20_000:
                    self._write_account(reader)
            self._load_cut(cut, source, reader)
            self._load_strict(strict, source, reader)
            self._write_account(reader)

    @contextmanager
    def _scratch(self) -> Iterator[IO[bytes]]:
        with tempfile.NamedTemporaryFile(dir=self._workdir, suffix=".jsonl") as file:
            yield file

    def _load_cut(self, cut: IO[bytes], source: Source, reader: TolerantReader) -> None:
        """Load lines cut from long records; if one is odd, read all of them tolerantly."""
        if not reader.cut_spans:
            return
        cut.flush()
        lane = Lane({cut.name: source}, reader.longest_cut)
        ((_, mark, counts),) = self._lane.insert(lane)
        found = counts.get(source.source_id, Counts())
        with mapped(Path(cut.name)) as view:
            is_plain = bool(found.bare) and contains(view, _PLAIN_ATTRIBUTES)
            if found.spans == reader.cut_spans and not found.odd and not is_plain:
                source.spans_seen += found.spans
                return
            self._lane.forget(source, mark)
            reader.read_cut(view)

    def _load_strict(self, strict: IO[bytes], source: Source, reader: TolerantReader) -> None:
        if not reader.strict_spans:
            return
        strict.flush()
        lane = Lane({strict.name: source}, reader.longest)
        ((_, _, counts),) = self._lane.insert(lane)
        found = counts.get(source.source_id, Counts())
        if found.spans != reader.strict_spans:
            raise RuntimeError(
                f"{reader.strict_spans} spans were written for the engine, {found.spans} were read"
            )

    def _write_account(self, reader: TolerantReader) -> None:
        insert_rows(self._con, "rejects", reader.rejects)
        insert_rows(self._con, "ingest_notes", reader.notes)
        insert_rows(self._con, "log_records", reader.logs, columns=LOG_COLUMNS)
        reader.rejects, reader.notes, reader.logs = [], [], []


def _has_spans(record: Record) -> bool:
    try:
        return canonicalise(decoded(record.data)).spans_seen > 0
    except UnreadableError:
        return False
