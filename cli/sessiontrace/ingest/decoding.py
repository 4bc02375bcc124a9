"""Bytes of one record to a JSON value, as tolerantly as is safe."""

from __future__ import annotations

import json
from typing import Any

import msgspec

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that it cannot decode."""


class UnreadableError(Exception):
    """The bytes are no JSON value; `reason` is the code of the reject."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def decoded(data: memoryview | bytes) -> Any:
    """Return the JSON value of a record.

    Falls back to the standard library for what strict parsers refuse and some SDKs write: lone
    surrogates in strings and NaN.

    Raises:
        UnreadableError: with reason not_utf8, nesting_too_deep or not_json.
    """
    try:
        return msgspec.json.decode(data)
    except RecursionError as error:
        raise UnreadableError("nesting_too_deep") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        text = bytes(data).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError("not_utf8") from error
    try:
        value = json.loads(text)
        return _clean(value)
    except RecursionError as error:
        raise UnreadableError("nesting_too_deep") from error
    except ValueError as error:
        raise UnreadableError("not_json") from error


def _clean(value: Any) -> Any:
    """The value with lone surrogates replaced by U+FFFD, which no UTF-8 text can hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(each) for key, each in value.items()}
    return value
