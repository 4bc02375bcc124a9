"""Numbers as producers write them: JSON numbers, decimal text, exponents, enum names."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation

from sessiontrace.ingest.canonical_types import NoteBook, excerpt

MAX_NS = 2**63 - 1
_MAX_UINT32 = 2**32 - 1
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_LOOSE_INTEGER = re.compile(r"([+-]?)0*([0-9]+)")
# The largest double has 309 digits; beyond that an exponent is a way to ask for memory.
_MAX_EXPONENT = 400
# Python refuses to turn longer integers into text.
_MAX_STR_BITS = 14_000

KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
CODES = ("UNSET", "OK", "ERROR")


def is_integer_text(text: str) -> bool:
    """Whether text is an integer in its one strict form: no plus, no leading zeros."""
    return _INTEGER.fullmatch(text) is not None


def integer_text(value: object) -> tuple[str | None, bool]:
    """Return the exact decimal text of an integer, and whether it was not written as one.

    Takes integers of any size, decimal text, and floats or exponents that stand for an integer;
    for anything else the text is None.
    """
    if type(value) is int:
        is_short = value.bit_length() <= _MAX_STR_BITS
        return (str(value) if is_short else f"{Decimal(value):f}"), False
    if isinstance(value, str):
        match = _LOOSE_INTEGER.fullmatch(value.strip())
        if match:
            sign = "-" if match[1] == "-" and match[2] != "0" else ""
            return sign + match[2], False
    number = _decimal(value)
    if number is None or number != number.to_integral_value():
        return None, True
    return f"{int(number)}", True


def _decimal(value: object) -> Decimal | None:
    """A float or number text of bounded size, exactly as it was written."""
    if not isinstance(value, float | str):
        return None
    if isinstance(value, str) and ("_" in value or len(value) > _MAX_EXPONENT):
        return None
    try:
        # repr, because 1e+300 in the file means that power of ten and not the nearest double.
        number = Decimal(repr(value) if isinstance(value, float) else value.strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > _MAX_EXPONENT:
        return None
    return number


def double(value: object) -> float | None:
    """Return a number or number text as a double, NaN and infinities included."""
    try:
        if type(value) is int:
            return float(value)
        if isinstance(value, float):
            return value
        return float(value) if isinstance(value, str) and "_" not in value else None
    except OverflowError:
        return math.inf if isinstance(value, int) and value > 0 else -math.inf
    except ValueError:
        return None


def json_double(number: float) -> float | str:
    """Return a double the way OTLP/JSON writes it: a number, or one of three words."""
    if math.isfinite(number):
        return number
    if number != number:
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def time_text(value: object, key: str, book: NoteBook) -> str | None:
    """Return nanoseconds since 1970 as decimal text, None if absent or out of range."""
    if value is None:
        book.add("missing_time", key)
        return None
    if isinstance(value, float) or (isinstance(value, str) and not value.isdecimal()):
        number = _decimal(value)
        text = None if number is None else f"{int(number)}"
        is_exact = isinstance(value, str) and _LOOSE_INTEGER.fullmatch(value.strip()) is not None
    else:
        text, is_exact = integer_text(value)[0], True
    if text is None or text[0] == "-" or len(text) > len(str(MAX_NS)) or int(text) > MAX_NS:
        book.add("bad_time", key, excerpt(value))
        return None
    if not is_exact:
        book.add("rounded_time", key, excerpt(value))
    return text


def enum_number(
    value: object, names: tuple[str, ...], prefix: str, key: str, book: NoteBook
) -> int:
    """Return the number of an enum member given by number or by name; 0 if it is unknown."""
    if value is None:
        return 0
    if isinstance(value, str):
        name = value.strip().upper().removeprefix(prefix)
        if name in names:
            book.add("enum_name", key, name)
            return names.index(name)
    text = integer_text(value)[0]
    if text is not None and len(text) == 1 and int(text) < len(names):
        if isinstance(value, str):
            book.add("enum_text", key)
        return int(text)
    book.add("unknown_enum", key, excerpt(value))
    return 0


def uint32(value: object, key: str, book: NoteBook) -> int:
    """Return a 32-bit counter or bit field, 0 if it is absent or out of range."""
    if value is None:
        return 0
    if type(value) is int and 0 <= value <= _MAX_UINT32:
        return value
    text = integer_text(value)[0]
    if text is not None and len(text) <= len(str(_MAX_UINT32)) and 0 <= int(text) <= _MAX_UINT32:
        return int(text)
    book.add("bad_member", key, excerpt(value))
    return 0
