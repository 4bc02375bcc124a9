"""What the sections of an analysis have in common: rows, commands, time zone."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sessiontrace.options import zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sessiontrace.render.analysis.blocks import Block
    from sessiontrace.reporting.rows import Rows

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Arranged:
    """A section as people see it; without blocks it is in JSON and CSV only."""

    blocks: tuple[Block, ...]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of `analyze`.

    Attributes:
        rows: by section.
        arguments: paths and options of the run, as they were given.
        timezone: in which times are shown.
        by: the attribute that is compared.
        several: sessions that show more than one value of it.
        fixes: by convention, how to set a session id.
    """

    rows: Mapping[str, Rows]
    arguments: tuple[str, ...]
    timezone: str = "UTC"
    by: str | None = None
    several: int = 0
    fixes: Mapping[str, Mapping[str, str]] | None = None

    def command(self, report: str, *parameters: str) -> tuple[str, ...]:
        """Return the command that prints a whole report, as quoted words."""
        extra = [word for parameter in parameters for word in ("--param", parameter)]
        words = ("sessiontrace", "report", report, *self.arguments, *extra)
        return tuple(map(shlex.quote, words))

    def moment(self, unix_ns: int) -> str:
        """Return a time in the time zone of the run, to the second."""
        try:
            at = (_EPOCH + timedelta(seconds=unix_ns // 10**9)).astimezone(zone(self.timezone))
        except OverflowError:
            return "out of range"
        return f"{at:%Y-%m-%d %H:%M:%S}"


def as_given(**options: tuple[object, object]) -> tuple[str, ...]:
    """Return options as they are written on a command line, without those left at their default.

    Args:
        options: by name, with `_` for `-`: the value and its default.
    """
    words: list[str] = []
    for name, (value, default) in options.items():
        if value in (default, None, []):
            continue
        option = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        else:
            values = value if isinstance(value, list) else [value]
            words += [word for each in values for word in (option, str(each))]
    return tuple(words)
