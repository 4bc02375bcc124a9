"""One span, event or link in strict OTLP/JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessiontrace.ingest.canonical_ids import SPAN_HEX, TRACE_HEX, decode_id, is_blank, is_zero
from sessiontrace.ingest.canonical_numbers import CODES, KINDS, enum_number, time_text, uint32
from sessiontrace.ingest.canonical_types import Json, NoteBook, TooDeepError, excerpt
from sessiontrace.ingest.canonical_values import attributes

if TYPE_CHECKING:
    from collections.abc import Callable


def snake(name: str) -> str:
    """Return a lowerCamelCase member name in snake_case."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _aliases(*names: str) -> dict[str, str]:
    return {alias: name for name in names for alias in (name, snake(name))}


_COUNTS = ("droppedAttributesCount", "droppedEventsCount", "droppedLinksCount")
_SPAN = _aliases(
    *("traceId", "spanId", "parentSpanId", "traceState", "flags", "name", "kind"),
    *("startTimeUnixNano", "endTimeUnixNano", "attributes", "events", "links", "status"),
    *_COUNTS,
)
_EVENT = _aliases("timeUnixNano", "name", "attributes", "droppedAttributesCount")
_LINK = _aliases("traceId", "spanId", "traceState", "attributes", "droppedAttributesCount", "flags")
_STATUS = _aliases("message", "code")


class RejectedSpanError(Exception):
    """A span that cannot be loaded; `reason` is the code, `detail` a masked excerpt."""

    def __init__(self, reason: str, detail: str | None) -> None:
        """Keep the reason and the excerpt."""
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def members(raw: Json, aliases: dict[str, str], book: NoteBook, prefix: str = "") -> Json:
    """Return the known members under their lowerCamelCase names, null ones left out.

    Of a member given under both names the last one that is not null stays.
    """
    found: Json = {}
    for name, value in raw.items():
        member = aliases.get(name)
        if member is None:
            continue
        if value is None:
            book.add("null_member", prefix + member)
            continue
        if member != name:
            book.add("snake_case", None, name)
        found[member] = value
    return found


def text(value: object, key: str, book: NoteBook) -> str:
    """Return a text member, '' if absent; numbers and booleans are written out."""
    if value is None or isinstance(value, str):
        return value or ""
    book.add("bad_member", key, excerpt(value))
    is_scalar = isinstance(value, bool | float) or (type(value) is int and abs(value) < 2**64)
    return str(value) if is_scalar else ""


def span(raw: object, book: NoteBook) -> Json:
    """Return a strict span, and note every correction under its ids.

    Raises RejectedSpanError if it is no object, lacks an id or is nested too deeply.
    """
    if type(raw) is not dict:
        raise RejectedSpanError("span_not_an_object", excerpt(raw))
    trace_id, trace_codes = _own_id(raw, "traceId", "trace_id", TRACE_HEX)
    span_id, span_codes = _own_id(raw, "spanId", "span_id", SPAN_HEX)
    book.about(trace_id, span_id)
    book.add_all(trace_codes, "traceId")
    book.add_all(span_codes, "spanId")
    found = members(raw, _SPAN, book)
    strict: Json = {"traceId": trace_id, "spanId": span_id}
    try:
        _fill(strict, found, book)
    except (TooDeepError, RecursionError):
        raise RejectedSpanError("nesting_too_deep", excerpt(raw)) from None
    return strict


def _own_id(raw: Json, camel: str, other: str, digits: int) -> tuple[str, tuple[str, ...]]:
    value = raw.get(camel)
    if value is None:
        value = raw.get(other)
    if is_blank(value):
        raise RejectedSpanError(f"missing_{other}", excerpt(raw))
    if not isinstance(value, str):
        raise RejectedSpanError("bad_id", excerpt(value))
    return decode_id(value, digits)


def _fill(strict: Json, found: Json, book: NoteBook) -> None:
    get = found.get
    parent = get("parentSpanId")
    if parent is not None:
        _parent(strict, parent, book)
    if "traceState" in found:
        _optional(strict, "traceState", text(found["traceState"], "traceState", book))
    _optional(strict, "flags", uint32(get("flags"), "flags", book))
    strict["name"] = text(get("name"), "name", book)
    strict["kind"] = enum_number(get("kind"), KINDS, "SPAN_KIND_", "kind", book)
    for key in ("startTimeUnixNano", "endTimeUnixNano"):
        _optional(strict, key, time_text(get(key), key, book))
    strict["attributes"] = attributes(get("attributes"), "attributes", book)
    if get("events"):
        _optional(strict, "events", _objects(found["events"], "events", _event, book))
    if get("links"):
        _optional(strict, "links", _objects(found["links"], "links", _link, book))
    if get("status"):
        _optional(strict, "status", _status(found["status"], book))
    for key in _COUNTS:
        if get(key):
            _optional(strict, key, uint32(found[key], key, book))


def _optional(strict: Json, key: str, value: Any) -> None:
    """Set a member unless it has the default value, which OTLP leaves out."""
    if value:
        strict[key] = value


def _parent(strict: Json, parent: object, book: NoteBook) -> None:
    if is_blank(parent):
        return
    if not isinstance(parent, str):
        book.add("bad_id", "parentSpanId", excerpt(parent))
        return
    decoded, codes = decode_id(parent, SPAN_HEX)
    if is_zero(decoded):
        book.add("zero_id", "parentSpanId")
        return
    book.add_all(codes, "parentSpanId")
    strict["parentSpanId"] = decoded


def _objects(
    raw: object, owner: str, read: Callable[[Json, NoteBook], Json | None], book: NoteBook
) -> list[Json]:
    if not isinstance(raw, list):
        book.add("bad_member", owner, excerpt(raw))
        return []
    found = []
    for item in raw:
        strict = read(item, book) if type(item) is dict else None
        if strict is None:
            book.add("bad_member", owner, excerpt(item))
        else:
            found.append(strict)
    return found


def _event(raw: Json, book: NoteBook) -> Json:
    found = members(raw, _EVENT, book, "events.")
    strict: Json = {}
    time = time_text(found.get("timeUnixNano"), "events.timeUnixNano", book)
    _optional(strict, "timeUnixNano", time)
    strict["name"] = text(found.get("name"), "events.name", book)
    strict["attributes"] = attributes(found.get("attributes"), "events.attributes", book)
    dropped = found.get("droppedAttributesCount")
    count = uint32(dropped, "events.droppedAttributesCount", book)
    _optional(strict, "droppedAttributesCount", count)
    return strict


def _link(raw: Json, book: NoteBook) -> Json | None:
    """The strict link, None if it lacks an id and so leads nowhere."""
    found = members(raw, _LINK, book, "links.")
    strict: Json = {}
    for key, digits in (("traceId", TRACE_HEX), ("spanId", SPAN_HEX)):
        linked = found.get(key)
        if not isinstance(linked, str) or is_blank(linked):
            return None
        strict[key], codes = decode_id(linked, digits)
        book.add_all(codes, f"links.{key}")
    _optional(strict, "traceState", text(found.get("traceState"), "links.traceState", book))
    strict["attributes"] = attributes(found.get("attributes"), "links.attributes", book)
    for key in ("droppedAttributesCount", "flags"):
        _optional(strict, key, uint32(found.get(key), f"links.{key}", book))
    return strict


def _status(raw: object, book: NoteBook) -> Json:
    if not isinstance(raw, dict):
        book.add("plain_status", "status")
        raw = {"code": raw}
    found = members(raw, _STATUS, book, "status.")
    code = enum_number(found.get("code"), CODES, "STATUS_CODE_", "status.code", book)
    message = text(found.get("message"), "status.message", book)
    strict: Json = {"code": code} if code or message else {}
    _optional(strict, "message", message)
    return strict
