"""The account of one input file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sessiontrace.ingest.canonical import Canonical, Outcome
    from sessiontrace.ingest.discover import InputFile
    from sessiontrace.ingest.plain import PlainFile


@dataclass(slots=True)
class Source:
    """One input file with its counters; the fields are the columns of `source_files`.

    records = loaded + empty + other_signal + rejected
    log_records_seen = log_records + other_log_records + rejected_log_records
    """

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
    log_records_seen: int = 0
    log_records: int = 0
    rejected_log_records: int = 0
    skipped_as_loaded: bool = False
    looks_like: str | None = None
    trouble: str | None = None
    unreadable: str | None = None

    @classmethod
    def begin(cls, source_id: int, file: InputFile, plain: PlainFile | None = None) -> Source:
        """Open the account of a file; the path is kept as text that UTF-8 can hold."""
        path = file.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        source = cls(source_id, path, file.is_companion)
        if plain is not None:
            source.compression = plain.compression
            source.bytes = plain.bytes
            source.digest = plain.digest
            source.trouble = plain.trouble
            source.looks_like = plain.foreign
        return source

    @property
    def damage(self) -> str | None:
        """What is wrong with the file as a whole, in words."""
        if self.trouble == "decompression_bomb":
            return "decompresses to more than 500 times its size, and was left out"
        return None if self.trouble is None else "cut off or damaged; what came before was read"

    @property
    def is_left_out(self) -> bool:
        """Whether it is a file beside exports, found in a folder, that gave nothing."""
        is_read = self.spans_seen or self.log_records or self.unreadable is not None
        return self.is_companion and not is_read

    def count(self, outcome: Outcome) -> None:
        """Put one record into its counter."""
        self.records += 1
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)

    def add(self, canonical: Canonical) -> None:
        """Add the spans and log records of a record that is counted."""
        self.spans_seen += canonical.spans_seen
        self.rejected_spans += canonical.rejected_spans
        self.log_records_seen += canonical.other.get("logs", 0)
        self.log_records += len(canonical.log_records)
        self.rejected_log_records += canonical.rejected_logs

    def row(self) -> tuple[object, ...]:
        """A row of `source_files`; producer and duplicates are found out in SQL."""
        return (
            *(self.source_id, self.path, self.container, None, self.compression),
            *(self.bytes, self.digest, self.records, self.loaded, self.empty),
            *(self.other_signal, self.rejected, self.spans_seen, 0, self.rejected_spans),
            *(self.log_records, self.log_records_seen, self.rejected_log_records),
        )
