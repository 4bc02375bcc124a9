"""What a user can ask of a load, beside the files: parsed once, shared by all commands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sessiontrace.building import ModelSettings
from sessiontrace.errors import UsageError
from sessiontrace.store import Resources

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)")
_UNITS_NS = {
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "min": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86_400 * 10**9,
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sessions the reports look at; times are nanoseconds since 1970, half-open."""

    since_ns: int | None = None
    until_ns: int | None = None
    where: str | None = None
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to read and rebuild.

    Attributes:
        settings: what the model is built with.
        asked: names of the settings that were asked for; a store keeps its own otherwise.
        aliases: pairs of a logical attribute and a key to try first.
        keep_content: False leaves out prompts, answers and tool arguments, and keeps lengths.
        with_model: False leaves the model to whoever opens the store.
    """

    settings: ModelSettings = field(default_factory=ModelSettings)
    asked: frozenset[str] = frozenset()
    resources: Resources = field(default_factory=Resources)
    aliases: tuple[tuple[str, str], ...] = ()
    keep_content: bool = True
    with_model: bool = True

    def settings_over(self, stored: ModelSettings) -> ModelSettings:
        """Return the settings of a store with those that were asked for instead."""
        return replace(stored, **{name: getattr(self.settings, name) for name in self.asked})


def parse_duration_ns(text: str) -> int:
    """Return a duration such as 30m, 90s or 1.5h in nanoseconds.

    Raises:
        UsageError: it is not a positive number with a unit.
    """
    found = _DURATION.fullmatch(text.strip().lower())
    value = round(float(found.group(1)) * _UNITS_NS[found.group(2)]) if found else 0
    if value <= 0:
        raise UsageError(f"{text!r} is no duration", hint="write 30m, 90s, 2h or 1d")
    return value


def parse_time_ns(text: str, timezone: str = "UTC") -> int:
    """Return a date or time in nanoseconds since 1970; without an offset it is in `timezone`.

    Raises:
        UsageError: it is neither a date nor a time, or the time zone is unknown.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no date or time", hint="write 2026-11-22 or 2026-11-22T08:30:00+01:00"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone(timezone))
    whole = moment.astimezone(UTC).replace(microsecond=0)
    return int(whole.timestamp()) * 10**9 + moment.microsecond * 1000


def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name, or raise UsageError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"there is no time zone {name!r}", hint="use an IANA name such as Europe/Berlin"
        ) from error


def parse_alias(text: str) -> tuple[str, str]:
    """Return `session_id=my.key` as a pair, or raise UsageError."""
    name, separator, key = text.partition("=")
    if not separator or not name.strip() or not key.strip():
        raise UsageError(f"{text!r} is no alias", hint="write --alias session_id=my.attribute")
    return name.strip(), key.strip()
