"""Trace and span ids: hex, and the encodings that are mistaken for it."""

from __future__ import annotations

import binascii
import re

TRACE_HEX = 32
SPAN_HEX = 16

_BASE64 = {TRACE_HEX: (24, "=="), SPAN_HEX: (12, "=")}
_BASE64_OF_HEX = {TRACE_HEX: 44, SPAN_HEX: 24}
_STRICT = {TRACE_HEX: re.compile("[0-9a-f]{32}"), SPAN_HEX: re.compile("[0-9a-f]{16}")}
_HEX = {TRACE_HEX: re.compile("[0-9a-fA-F]{32}"), SPAN_HEX: re.compile("[0-9a-fA-F]{16}")}

Decoded = tuple[str, tuple[str, ...]]


def decode_id(text: str, digits: int) -> Decoded:
    """Return an id of `digits` hex digits in lower case and the codes of what was corrected.

    The order matters, because hex text is valid base64 as well: hex, base64 of the bytes, base64
    of the hex text. What is none of these is kept verbatim and noted as `opaque_id`.
    """
    if _STRICT[digits].fullmatch(text):
        return (text, ()) if text.strip("0") else (text, ("zero_id",))
    bare = text[2:] if text[:2] in ("0x", "0X") else text
    found = _decode_bare(bare, digits)
    if found is None and bare is not text:
        # Base64 may begin with "0x" by chance.
        bare, found = text, _decode_bare(text, digits)
    if found is None:
        return text, ("opaque_id",)
    decoded, codes = found
    if bare is not text:
        codes = ("prefixed_id", *codes)
    return (decoded, codes) if decoded.strip("0") else (decoded, (*codes, "zero_id"))


def _decode_bare(text: str, digits: int) -> Decoded | None:
    if _HEX[digits].fullmatch(text):
        return text.lower(), ()
    length, padding = _BASE64[digits]
    if len(text) == length and text.endswith(padding):
        raw = _from_base64(text)
        if raw is not None and len(raw) == digits // 2:
            return raw.hex(), ("base64_id",)
    if len(text) == _BASE64_OF_HEX[digits]:
        inner = (_from_base64(text) or b"").decode("latin-1")
        if _HEX[digits].fullmatch(inner):
            return inner.lower(), ("base64_hex_id",)
    return None


def _from_base64(text: str) -> bytes | None:
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        return None


def is_blank(value: object) -> bool:
    """Whether an id member says nothing: absent, null, or blank text."""
    return value is None or (isinstance(value, str) and not value.strip())


def is_zero(text: str) -> bool:
    """Whether an id is all zeros, with or without `0x`, of any length."""
    return not text.removeprefix("0x").strip("0")
