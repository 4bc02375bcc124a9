"""Read OTLP/JSON in every shape that producers are known to write.

The first third of the recount: bytes of a file become spans and log records, and every piece
of the file ends in exactly one counter. Nothing here knows what a session is.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Attributes: TypeAlias = dict[str, Any]

SPAN_ENVELOPES = ["resourceSpans", "resource_spans", "batches"]
SCOPE_ENVELOPES = ["scopeSpans", "scope_spans"]
SCOPE_ENVELOPES += ["instrumentationLibrarySpans", "instrumentation_library_spans"]
LOG_ENVELOPES = ["resourceLogs", "resource_logs"]
OTHER_ENVELOPES = ["resourceMetrics", "resource_metrics", "resourceProfiles", "resource_profiles"]
OTHER_ENVELOPES += ["scopeLogs", "scope_logs", "scopeMetrics", "scope_metrics"]

NOT_OTLP = "not OTLP/JSON"
INT64_MAX = 2**63 - 1
_INVALID_ID = re.compile(r"0*")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_TELLING = re.compile(r"(session|user|turn|conversation|gen_ai\.(conversation|evaluation))\.")
_NEXT_DOCUMENT = re.compile(r"\n(?=\{)")


@dataclass(frozen=True)
class Span:
    """One span as read; times are nanoseconds, 0 when the producer gave none."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    start: int
    end: int
    is_error: bool
    scope: str
    attributes: Attributes
    resource: Attributes
    rank: tuple[int, str, str]
    """What decides between two bodies of one span: the greater one stays."""


@dataclass(frozen=True)
class LogRecord:
    """One log record that names its trace: a late source of identity."""

    trace_id: str
    time: int
    attributes: Attributes


@dataclass
class Reading:
    """One file: `records = loaded + empty + other_signal + rejected`, and what it held."""

    path: str
    container: str = NOT_OTLP
    records: Counter[str] = field(default_factory=Counter)
    spans_seen: int = 0
    rejected_spans: int = 0
    spans: list[Span] = field(default_factory=list)
    logs: list[LogRecord] = field(default_factory=list)


class UnreadableError(ValueError):
    """A piece of input that is a reject, with the reason as its text."""


def read(path: Path) -> Reading:
    """Read one file; its container is recognised from the content, never from the name."""
    reading = Reading(str(path))
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            reading.records["rejected"] += 1
            return reading
    container, values = _top_level(content.removeprefix(b"\xef\xbb\xbf"))
    for value in values:
        outcome = "rejected" if isinstance(value, UnreadableError) else _take(reading, value)
        reading.records[outcome] += 1
    if any(reading.records[good] for good in ("loaded", "empty", "other_signal")):
        reading.container = container
    return reading


# --- containers -----------------------------------------------------------------------------


def _top_level(content: bytes) -> tuple[str, list[Any]]:
    """Cut a file into records: "one line of JSON Lines or one top-level element of a document".

    A blank line is no record. An element that cannot be read stands in the list as UnreadableError.
    """
    lines = [line for line in content.split(b"\n") if line.strip()]
    whole = _parsed(content)
    if isinstance(whole, list):
        return "array of documents", whole
    if not isinstance(whole, UnreadableError):
        return ("JSON Lines" if len(lines) == 1 else "document"), [whole]
    by_line = [_parsed(line) for line in lines]
    if not any(isinstance(value, UnreadableError) for value in by_line):
        return "JSON Lines", by_line
    documents = list(_concatenated(content))
    if not any(isinstance(value, UnreadableError) for value in documents):
        return "concatenated documents", documents
    if any(_is_otlp(value) for value in by_line):
        return "JSON Lines", by_line
    return "concatenated documents", documents


def _concatenated(content: bytes) -> Iterator[Any]:
    """Documents one after another; after a broken one, reading resumes at the next `{` line."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        yield UnreadableError(str(error))
        return
    position = 0
    while match := re.compile(r"\S").search(text, position):
        try:
            value, position = _DECODER.raw_decode(text, match.start())
            yield _checked(value, text[match.start() : position])
        except (ValueError, RecursionError) as error:
            yield UnreadableError(str(error))
            following = _NEXT_DOCUMENT.search(text, match.start() + 1)
            position = following.end() if following else len(text)


def _parsed(content: bytes) -> Any:
    """One JSON value, or UnreadableError; strict UTF-8, no NaN literals, no lone surrogates."""
    try:
        text = content.decode("utf-8")
        return _checked(_DECODER.decode(text), text)
    except (ValueError, RecursionError) as error:
        return UnreadableError(str(error))


def _checked(value: Any, text: str) -> Any:
    if _SURROGATE_ESCAPE.search(text):
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose repeated member keeps its first value."""
    return dict(reversed(pairs)) if len(dict(pairs)) < len(pairs) else dict(pairs)


def _no_constant(name: str) -> Any:
    raise UnreadableError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_first_wins, parse_constant=_no_constant)


# --- envelopes ------------------------------------------------------------------------------


def _is_otlp(value: Any) -> bool:
    known = SPAN_ENVELOPES + SCOPE_ENVELOPES + LOG_ENVELOPES + OTHER_ENVELOPES
    return isinstance(value, dict) and any(key in _unwrapped(value) for key in known)


def _unwrapped(record: dict[str, Any]) -> dict[str, Any]:
    """`{"trace": {"resourceSpans": …}}`, as one trace store answers, is the inner object."""
    inner = record.get("trace")
    wraps = isinstance(inner, dict) and any(key in inner for key in SPAN_ENVELOPES)
    return inner if wraps and isinstance(inner, dict) else record


def _take(reading: Reading, record: Any) -> str:
    """Take what one record holds; returns the one counter it belongs to.

    loaded: it held spans (or log records with identity); empty: OTLP without any;
    other_signal: metrics, profiles, logs that say nothing of sessions; rejected: not OTLP.
    """
    if not isinstance(record, dict):
        return "rejected"
    record = _unwrapped(record)
    if not record:
        return "empty"
    if not _is_otlp(record):
        return "rejected"
    bare = any(key in record for key in SCOPE_ENVELOPES)
    before = reading.spans_seen
    for envelope in [record] if bare else _members(record, *SPAN_ENVELOPES):
        _take_resource_spans(reading, envelope)
    logs = [log for envelope in _members(record, *LOG_ENVELOPES) for log in _logs(envelope)]
    reading.logs += logs
    if reading.spans_seen > before or logs:
        return "loaded"
    other = any(record.get(key) for key in LOG_ENVELOPES + OTHER_ENVELOPES)
    return "other_signal" if other else "empty"


def _take_resource_spans(reading: Reading, envelope: dict[str, Any]) -> None:
    resource = _attributes(_member(envelope, "resource"))
    for scope_spans in _members(envelope, *SCOPE_ENVELOPES):
        scope = _member(scope_spans, "scope") or _member(scope_spans, "instrumentationLibrary")
        name = scope.get("name") if isinstance(scope, dict) else None
        spans = _member(scope_spans, "spans")
        for raw in spans if isinstance(spans, list) else []:
            reading.spans_seen += 1
            try:
                reading.spans.append(_span(raw, str(name or ""), resource))
            except UnreadableError:
                reading.rejected_spans += 1


def _logs(envelope: dict[str, Any]) -> Iterator[LogRecord]:
    """Log records that name a trace and carry session, turn or user data."""
    for scope_logs in _members(envelope, "scopeLogs", "scope_logs"):
        for raw in _members(scope_logs, "logRecords", "log_records"):
            attributes = _attributes(raw)
            trace_id = _identifier(_member(raw, "traceId"), 32)
            if trace_id and any(_TELLING.match(key) for key in attributes):
                time = _member(raw, "timeUnixNano")
                yield LogRecord(trace_id, int(time) if str(time).isdigit() else 0, attributes)


def _member(value: Any, camel: str) -> Any:
    """A member by its camelCase name, else its snake_case name; null is absent."""
    if not isinstance(value, dict):
        return None
    found = value.get(camel)
    return value.get(re.sub(r"([A-Z])", r"_\1", camel).lower()) if found is None else found


def _members(value: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    """The objects of the first of these lists that is there."""
    found: Any = next((value[name] for name in names if value.get(name) is not None), [])
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


# --- spans ----------------------------------------------------------------------------------


def _span(raw: Any, scope: str, resource: Attributes) -> Span:
    """One span; only missing ids and times that are no numbers make it a reject."""
    if not isinstance(raw, dict):
        raise UnreadableError("a span is not an object")
    trace_id = _identifier(_member(raw, "traceId"), 32)
    span_id = _identifier(_member(raw, "spanId"), 16)
    if not trace_id or not span_id:
        raise UnreadableError("a span without a valid id")
    end = _nanoseconds(_member(raw, "endTimeUnixNano"))
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=_identifier(_member(raw, "parentSpanId"), 16),
        name=str(_member(raw, "name") or ""),
        start=_nanoseconds(_member(raw, "startTimeUnixNano")),
        end=end,
        is_error=_is_error(_member(raw, "status")),
        scope=scope,
        attributes=_attributes(raw),
        resource=resource,
        rank=(end, _canonical(raw), _canonical(resource)),
    )


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=repr)


def _identifier(value: Any, digits: int) -> str | None:
    """Hex in lower case; base64 of the bytes, base64 of the hex text and `0x` are decoded.

    Hex is tried first, because hex text is also valid base64. Anything else stays verbatim,
    as an opaque id. Absent, empty and all zeros mean: no id.
    """
    if value is None or isinstance(value, (bool, float, list, dict)):
        return None
    text = str(value)
    text = text[2:] if text[:2] in ("0x", "0X") else text
    if _INVALID_ID.fullmatch(text):
        return None
    if re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", text):
        return text.lower()
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text
    if len(decoded) == digits // 2 and text.endswith("="):
        return decoded.hex() if any(decoded) else None
    if re.fullmatch(rb"[0-9a-fA-F]{%d}" % digits, decoded):
        return decoded.decode("ascii").lower()
    return text


def _nanoseconds(value: Any) -> int:
    """A time as a number or a decimal string; absent is 0."""
    if value is None or value == "":
        return 0
    if isinstance(value, str) and re.fullmatch(r"[0-9]+", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= INT64_MAX:
        raise UnreadableError("a time that is no count of nanoseconds")
    return value


def _is_error(status: Any) -> bool:
    """Status code 2, as a number, a numeric string or an enum name."""
    return str(_member(status, "code")).upper() in ("2", "STATUS_CODE_ERROR", "ERROR")


def _attributes(owner: Any) -> Attributes:
    """Attributes by key: the first of several with one key counts."""
    attributes: Attributes = {}
    for pair in _members({"attributes": _member(owner, "attributes")}, "attributes"):
        key = pair.get("key")
        if isinstance(key, str) and key:
            attributes.setdefault(key, _any_value(pair.get("value")))
    return attributes


def _any_value(value: Any) -> Any:
    """Python's counterpart of an AnyValue; empty, null and unknown kinds are None."""
    if not isinstance(value, dict):
        return None
    result = None
    for kind, content in value.items():
        if content is not None:
            result = _of_kind(kind.replace("_", "").lower(), content, result)
    return result


def _of_kind(kind: str, content: Any, otherwise: Any) -> Any:
    match kind:
        case "stringvalue":
            return content if isinstance(content, str) else otherwise
        case "boolvalue":
            return {"true": True, "false": False}.get(str(content).lower())
        case "intvalue" | "doublevalue":
            return _number(content)
        case "arrayvalue":
            return [_any_value(item) for item in _members(content, "values")]
        case "kvlistvalue":
            return _attributes({"attributes": _member(content, "values")})
        case "bytesvalue":
            return str(content).encode()
    return otherwise


def _number(content: Any) -> int | float | None:
    if isinstance(content, (int, float)):
        return content
    try:
        return int(content) if re.fullmatch(r"-?[0-9]+", content) else float(content)
    except (TypeError, ValueError):
        return None


# --- several files --------------------------------------------------------------------------


def distinct(readings: Iterable[Reading]) -> tuple[list[Span], int]:
    """The spans of a load and how many were there before.

    The same span (trace id, span id) counts once: "latest end wins, then the greatest
    canonical JSON text".
    """
    best: dict[tuple[str, str], Span] = {}
    duplicates = 0
    for reading in readings:
        for span in reading.spans:
            key = (span.trace_id, span.span_id)
            duplicates += key in best
            if key not in best or span.rank > best[key].rank:
                best[key] = span
    return list(best.values()), duplicates
