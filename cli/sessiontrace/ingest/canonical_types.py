"""What reading one record yields: strict spans, and an account of everything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sessiontrace.mask import mask_shape

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]

_MAX_KEY = 200
_KEYS_SHOWN = 8


class Outcome(StrEnum):
    """What became of one record; every record has exactly one."""

    LOADED = "loaded"
    EMPTY = "empty"
    OTHER_SIGNAL = "other_signal"
    REJECTED = "rejected"


@dataclass(slots=True)
class Reject:
    """A part of a record that is not loaded."""

    pointer: str
    """JSON pointer (RFC 6901) inside the record, '' for the whole of it."""
    reason: str
    """Short stable code, such as 'missing_trace_id'."""
    detail: str | None
    """An excerpt masked by its shape, or the name of the container it looks like."""


@dataclass(slots=True)
class Note:
    """A correction that was made, or a defect that was left as it is."""

    trace_id: str | None
    span_id: str | None
    code: str
    key: str | None
    """Attribute key or member name."""
    detail: str | None


@dataclass(slots=True)
class ScopeGroup:
    """Spans of one instrumentation scope, in strict form."""

    name: str
    version: str
    attributes: list[Json]
    spans: list[Json]
    schema_url: str = ""


@dataclass(slots=True)
class ResourceGroup:
    """Scopes of one resource; its attributes are strict key/value objects."""

    attributes: list[Json]
    scopes: list[ScopeGroup]
    schema_url: str = ""


@dataclass(slots=True)
class Canonical:
    """One record in strict form: `spans_seen` = spans in `groups` + `rejected_spans`."""

    outcome: Outcome = Outcome.EMPTY
    groups: list[ResourceGroup] = field(default_factory=list)
    spans_seen: int = 0
    rejected_spans: int = 0
    rejects: list[Reject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    other: dict[str, int] = field(default_factory=dict)
    """Records of other signals by signal: 'logs' (kept ones included), 'metrics', 'profiles'."""
    log_records: list[Json] = field(default_factory=list)
    rejected_logs: int = 0


class TooDeepError(Exception):
    """A value is nested more deeply than is loaded."""


class NoteBook:
    """Collects notes, the same one once per span (or once per record outside spans)."""

    def __init__(self, notes: list[Note]) -> None:
        """Write into `notes`, at first about the record itself."""
        self._notes = notes
        self._of_record: set[tuple[str, str | None]] = set()
        self.about_record()

    def about_record(self) -> None:
        """Attribute what follows to the record, not to a span."""
        self._trace_id: str | None = None
        self._span_id: str | None = None
        self._seen = self._of_record

    def about(self, trace_id: str | None, span_id: str | None) -> None:
        """Attribute what follows to this span."""
        self._trace_id, self._span_id, self._seen = trace_id, span_id, set()

    def add(self, code: str, key: str | None = None, detail: str | None = None) -> None:
        """Note `code` about an attribute or member; `detail` must be masked already."""
        if key is not None and len(key) > _MAX_KEY:
            key = key[:_MAX_KEY]
        if (code, key) not in self._seen:
            self._seen.add((code, key))
            self._notes.append(Note(self._trace_id, self._span_id, code, key, detail))

    def add_all(self, codes: Iterable[str], key: str) -> None:
        """Note several codes about one member."""
        for code in codes:
            self.add(code, key)


def excerpt(value: object) -> str:
    """A short masked picture of any JSON value: text, or the names of an object's members."""
    if isinstance(value, dict):
        names = ", ".join(str(key) for key, _ in zip(value, range(_KEYS_SHOWN), strict=False))
        return mask_shape(f"{{{names}}}")
    if isinstance(value, list):
        return mask_shape(f"[{len(value)}]")
    if isinstance(value, int) and not isinstance(value, bool):
        return "9" if value >= 0 else "-9"
    return mask_shape(value if isinstance(value, str) else str(value))
