"""Text of unknown origin, made safe to show on a terminal."""

from __future__ import annotations

import re

# C0 and C1 controls move the cursor and recolour the screen; the bidirectional controls show a
# text in another order than it is stored.
_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ESCAPE_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[@-Z\\^_]"
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def visible(text: str) -> str:
    """Return one line without control characters or escape sequences."""
    return without_controls(_SPACES.sub(" ", text))


def without_controls(text: str, keep: str = "") -> str:
    """Drop escape sequences and control characters other than those in `keep`."""
    text = _ESCAPE_SEQUENCES.sub("", text)
    text = _CONTROLS.sub(lambda match: match[0] if match[0] in keep else "", text)
    return _SURROGATES.sub("\ufffd", text)
