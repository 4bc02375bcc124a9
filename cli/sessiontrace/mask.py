"""Show that a value is there, and of what shape, without showing the value."""

from __future__ import annotations

import re
import unicodedata

_PHONE_DRESSING = str.maketrans("", "", " +-().\u00a0/")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LENGTH_CLASSES = (3, 7, 15, 31, 63)
_SHORTEST_SHOWN = 4
_PHONE_DIGITS = range(7, 16)
_LONGEST_TOP_LEVEL_DOMAIN = 10


def mask_shape(text: str, limit: int = 80) -> str:
    """Return `text` with letters as `a` or `A` and digits as `9`, at most `limit` characters.

    Punctuation and spaces stay, so that `{"id": "Bob7"}` becomes `{"aa": "Aaa9"}`; control
    characters become spaces and every other symbol `?`. A longer text ends in an ellipsis.
    """
    if limit <= 0:
        return ""
    shape = "".join(map(_shape, text[:limit]))
    return shape if len(text) <= limit else shape[: limit - 1] + "…"


def mask_value(text: str) -> str:
    """Return a personal value with little more left than what kind of value it is.

    E-mail: `j…@e….com`. Telephone number: `…67`. Anything else: its first character and a class
    of lengths, `k…(8-15)`; a value of fewer than four characters keeps no character at all.
    """
    value = text.strip()
    if _EMAIL.fullmatch(value):
        return _mask_email(value)
    digits = value.removeprefix("tel:").translate(_PHONE_DRESSING)
    if digits.isascii() and digits.isdecimal() and len(digits) in _PHONE_DIGITS:
        return f"…{digits[-2:]}"
    if not value:
        return ""
    first = _printable(value[0]) if len(value) >= _SHORTEST_SHOWN else ""
    return f"{first}…({_length_class(len(value))})"


def _shape(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    if character.isascii():
        return character if character.isprintable() else " "
    category = unicodedata.category(character)
    if category[0] == "P":
        return character
    return " " if category[0] in "ZC" else "?"


def _mask_email(value: str) -> str:
    local, _, domain = value.partition("@")
    name, dot, top = domain.rpartition(".")
    masked = f"{_printable(local[0])}…@{_printable((name or domain)[0])}…"
    is_plain = top.isascii() and top.isalpha() and len(top) <= _LONGEST_TOP_LEVEL_DOMAIN
    return f"{masked}.{top}" if dot and name and is_plain else masked


def _printable(character: str) -> str:
    return character if character.isprintable() else "?"


def _length_class(length: int) -> str:
    low = 1
    for high in _LENGTH_CLASSES:
        if length <= high:
            return f"{low}-{high}"
        low = high + 1
    return f"{low}+"
