"""What can go wrong, in words for people, and the exit codes.

Code below the commands raises these and never exits, prints or formats; `app.py` alone turns them
into a message and an exit code.
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """The exit codes of the command; README.md documents them."""

    OK = 0
    FINDINGS = 1  # at or above --fail-on, or a budget broken
    USAGE = 2  # usage or configuration
    NOTHING_READABLE = 3  # no span in the input
    BUG = 4  # ours; caught, because Python's own 1 would read as "findings"
    REJECTED = 5  # --strict and something was rejected; outranks FINDINGS
    INTERRUPTED = 130
    TERMINATED = 143


class SessionTraceError(Exception):
    """A problem that the person at the keyboard can do something about.

    Args:
        message: one line that says what is wrong and names the thing it is about.
        hint: what to do about it; each line becomes a `help:` line.
        exit_code: overrides the code of the class.
    """

    code: ClassVar[ExitCode] = ExitCode.USAGE

    def __init__(
        self, message: str, *, hint: str | None = None, exit_code: ExitCode | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = self.code if exit_code is None else exit_code


class UsageError(SessionTraceError):
    """An option, an argument or the configuration is wrong."""


class CatalogError(SessionTraceError):
    """A .sql file breaks the rules of its folder; the message names the file."""


class StoreError(SessionTraceError):
    """A store file cannot be opened, read or replaced."""


class QueryError(SessionTraceError):
    """The user's own SQL does not run."""


class NothingReadableError(SessionTraceError):
    """No span could be read from the input."""

    code = ExitCode.NOTHING_READABLE


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` was probably meant to be, or None."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint for an unknown name: the nearest known one, else all of them."""
    candidates = sorted(known)
    close = nearest(name, candidates)
    if close is not None:
        return f"did you mean {close}?"
    return f"known: {', '.join(candidates)}" if candidates else "there are none"
