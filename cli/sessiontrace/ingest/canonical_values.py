"""Attribute lists and AnyValues in strict form, whatever form they arrive in."""

from __future__ import annotations

import binascii
import math
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from sessiontrace.ingest.canonical_numbers import double, integer_text, is_integer_text, json_double
from sessiontrace.ingest.canonical_types import Json, NoteBook, TooDeepError, excerpt

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LEVELS = 100
"""JSON levels that one strict AnyValue may take; OTLP needs three per array, four per kvlist.

DuckDB fails a whole load on a line of more than 128 levels, of which the way down to the value of
an event attribute takes eleven.
"""

ARRAY_LEVELS = 3
KVLIST_LEVELS = 4

_MEMBERS = {
    alias: name
    for name, snake in {
        "stringValue": "string_value",
        "intValue": "int_value",
        "doubleValue": "double_value",
        "boolValue": "bool_value",
        "arrayValue": "array_value",
        "kvlistValue": "kvlist_value",
        "bytesValue": "bytes_value",
    }.items()
    for alias in (name, snake)
}
_UNCHANGED: dict[Any, type] = {"stringValue": str, "boolValue": bool}
_BOOLS = {"true": True, "false": False, "1": True, "0": False, 1: True, 0: False}


def attributes(raw: object, owner: str, book: NoteBook) -> list[Json]:
    """Return strict `{key, value}` objects; of equal keys the first stays.

    `owner` names the member in notes, such as `attributes` or `events.attributes`.
    Raises TooDeepError if a value is nested beyond MAX_LEVELS.
    """
    if isinstance(raw, dict):
        book.add("plain_attributes", owner)
        return _plain_members(raw, book, MAX_LEVELS)
    if not isinstance(raw, list):
        if raw is not None:
            book.add("bad_member", owner, excerpt(raw))
        return []
    return _key_values(raw, owner, book, MAX_LEVELS)


def shallow_attributes(raw: object, owner: str, book: NoteBook) -> list[Json]:
    """Return strict attributes as `attributes` does, without those nested too deeply."""
    try:
        return attributes(raw, owner, book)
    except TooDeepError:
        book.add("nesting_too_deep", owner)
    kept: Any = raw
    if isinstance(raw, dict):
        kept = {k: v for k, v in raw.items() if _is_shallow({k: v}, owner)}
    elif isinstance(raw, list):
        kept = [item for item in raw if _is_shallow([item], owner)]
    return attributes(kept, owner, book)


def _is_shallow(entry: object, owner: str) -> bool:
    try:
        attributes(entry, owner, NoteBook([]))
    except TooDeepError:
        return False
    return True


def _key_values(raw: list[Any], owner: str, book: NoteBook, room: int) -> list[Json]:
    if room < 1 and raw:
        raise TooDeepError
    found: list[Json] = []
    seen: set[str] = set()
    for item in raw:
        if type(item) is not dict:
            book.add("bad_attribute", owner, excerpt(item))
            continue
        key = item.get("key")
        if type(key) is not str:
            if key is not None:
                book.add("bad_attribute", owner, excerpt(key))
                continue
            book.add("empty_key", owner)
            key = ""
            item = {**item, "key": key}
        if key in seen:
            book.add("duplicate_key", key)
            continue
        seen.add(key)
        value = item.get("value")
        if len(item) == 2 and type(value) is dict and len(value) == 1 and _is_strict(value):
            found.append(item)
        else:
            strict = any_value(value, key, book, room) if "value" in item else {}
            found.append({"key": key, "value": strict})
    return found


def _is_strict(value: Json) -> bool:
    """Whether an AnyValue with one member is a scalar that is strict already."""
    ((member, inner),) = value.items()
    if _UNCHANGED.get(member) is type(inner):
        return True
    if member == "intValue":
        return type(inner) is str and is_integer_text(inner)
    return member == "doubleValue" and type(inner) is float and math.isfinite(inner)


def any_value(raw: Any, key: str, book: NoteBook, room: int = MAX_LEVELS) -> Json:
    """Return one strict AnyValue with one member, or `{}` for the empty value.

    `key` is the attribute it belongs to. Raises TooDeepError beyond `room` JSON levels.
    """
    if raw is None:
        book.add("null_member", key)
        return {}
    if not isinstance(raw, dict):
        book.add("plain_value", key)
        return plain_value(raw, key, book, room)
    if room < 1:
        raise TooDeepError
    member, inner = _member(raw, key, book)
    return _READERS[member](inner, key, book, room) if member else {}


def _member(raw: Json, key: str, book: NoteBook) -> tuple[str | None, Any]:
    """The last member of an AnyValue that holds something: what the Collector keeps."""
    found: tuple[str | None, Any] = (None, None)
    unknown = None
    for name, inner in raw.items():
        member = _MEMBERS.get(name)
        if member is None:
            unknown = name
            continue
        if member != name:
            book.add("snake_case", None, name)
        if inner is None:
            book.add("null_member", key)
            continue
        if found[0] is not None:
            book.add("several_value_members", key)
        found = (member, inner)
    if unknown is not None and found[0] is None:
        book.add("unknown_value_kind", key, excerpt(unknown))
    return found


def plain_value(raw: Any, key: str, book: NoteBook, room: int = MAX_LEVELS) -> Json:
    """Return the strict AnyValue for a plain JSON value; objects become kvlists.

    Raises TooDeepError beyond `room` JSON levels.
    """
    if room < 1:
        raise TooDeepError
    if raw is None:
        return {}
    if isinstance(raw, bool):
        return {"boolValue": raw}
    if isinstance(raw, int):
        return {"intValue": integer_text(raw)[0]}
    if isinstance(raw, float):
        return {"doubleValue": json_double(raw)}
    if isinstance(raw, str):
        return {"stringValue": raw}
    if isinstance(raw, list):
        inner = room - ARRAY_LEVELS
        return {"arrayValue": {"values": [plain_value(v, key, book, inner) for v in raw]}}
    if not isinstance(raw, dict):
        book.add("bad_value", key)
        return {}
    if raw.keys() <= _MEMBERS.keys():
        return any_value(raw, key, book, room)
    return {"kvlistValue": {"values": _plain_members(raw, book, room - KVLIST_LEVELS)}}


def _plain_members(raw: Json, book: NoteBook, room: int) -> list[Json]:
    return [{"key": k, "value": plain_value(v, k, book, room)} for k, v in raw.items()]


def _string(inner: Any, key: str, book: NoteBook, room: int) -> Json:
    if isinstance(inner, str):
        return {"stringValue": inner}
    book.add("wrong_value_type", key)
    if isinstance(inner, bool):
        return {"stringValue": "true" if inner else "false"}
    if isinstance(inner, int):
        return {"stringValue": integer_text(inner)[0]}
    if isinstance(inner, float):
        return {"stringValue": repr(inner)}
    return plain_value(inner, key, book, room)


def _int(inner: Any, key: str, book: NoteBook, room: int) -> Json:
    text, is_odd = integer_text(inner)
    if text is not None:
        if is_odd:
            book.add("float_int", key)
        return {"intValue": text}
    number = None if isinstance(inner, bool) else double(inner)
    if number is not None:
        book.add("float_int", key)
        return {"doubleValue": json_double(number)}
    book.add("bad_number" if isinstance(inner, str) else "wrong_value_type", key)
    return plain_value(inner, key, book, room)


def _double(inner: Any, key: str, book: NoteBook, room: int) -> Json:
    number = None if isinstance(inner, bool) else double(inner)
    if number is None:
        book.add("bad_number" if isinstance(inner, str) else "wrong_value_type", key)
        return plain_value(inner, key, book, room)
    written = json_double(number)
    if isinstance(inner, str) and inner != written:
        book.add("number_text", key)
    return {"doubleValue": written}


def _bool(inner: Any, key: str, book: NoteBook, room: int) -> Json:
    if isinstance(inner, bool):
        return {"boolValue": inner}
    word = inner.strip().lower() if isinstance(inner, str) else inner
    known = _BOOLS.get(word) if isinstance(word, str | int) else None
    if known is not None:
        book.add("bool_text", key)
        return {"boolValue": known}
    book.add("wrong_value_type", key)
    return plain_value(inner, key, book, room)


def _bytes(inner: Any, key: str, book: NoteBook, room: int) -> Json:
    if isinstance(inner, list) and all(type(v) is int and 0 <= v <= 255 for v in inner):
        book.add("byte_list", key)
        return {"bytesValue": b64encode(bytes(inner)).decode()}
    if not isinstance(inner, str):
        book.add("wrong_value_type", key)
        return plain_value(inner, key, book, room)
    standard = inner.replace("-", "+").replace("_", "/")
    standard += "=" * (-len(standard) % 4)
    try:
        binascii.a2b_base64(standard.encode("ascii"), strict_mode=True)
    except ValueError:
        book.add("bad_bytes", key)
        return {"stringValue": inner}
    if standard != inner:
        book.add("base64_variant", key)
    return {"bytesValue": standard}


def _array(inner: Any, key: str, book: NoteBook, room: int) -> Json:
    values = inner
    if isinstance(inner, dict):
        values = inner.get("values")
        if values is None:
            values = []
    else:
        book.add("plain_value", key)
    if not isinstance(values, list):
        book.add("wrong_value_type", key)
        return plain_value(inner, key, book, room)
    left = room - ARRAY_LEVELS
    return {"arrayValue": {"values": [any_value(v, key, book, left) for v in values]}}


def _kvlist(inner: Any, key: str, book: NoteBook, room: int) -> Json:
    left = room - KVLIST_LEVELS
    if isinstance(inner, dict) and (not inner or isinstance(inner.get("values"), list)):
        return {"kvlistValue": {"values": _key_values(inner.get("values", []), key, book, left)}}
    book.add("plain_value", key)
    if isinstance(inner, dict) and inner.keys() == {"values"} and inner["values"] is None:
        return {"kvlistValue": {"values": []}}
    if isinstance(inner, dict):
        return {"kvlistValue": {"values": _plain_members(inner, book, left)}}
    if isinstance(inner, list):
        return {"kvlistValue": {"values": _key_values(inner, key, book, left)}}
    book.add("wrong_value_type", key)
    return plain_value(inner, key, book, room)


_READERS: dict[str, Callable[[Any, str, NoteBook, int], Json]] = {
    "stringValue": _string,
    "intValue": _int,
    "doubleValue": _double,
    "boolValue": _bool,
    "arrayValue": _array,
    "kvlistValue": _kvlist,
    "bytesValue": _bytes,
}
