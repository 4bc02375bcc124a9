"""One value at a time: for people, and for programs."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sessiontrace.visible import visible

if TYPE_CHECKING:
    from sessiontrace.render.types import Column, Kind, Row, Table

MISSING = "–"
DURATIONS_IN_MS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}
_SECOND, _MINUTE, _HOUR, _DAY = 1e3, 60e3, 3600e3, 86400e3
_NS_PER_SECOND = 1_000_000_000


def human(value: object, column: Column, unit: str | None = None) -> str:
    """Return a value as people read it, on one line and without control characters.

    Args:
        value: None becomes a dash.
        column: its kind and unit decide the form.
        unit: holds where the column has none, for tables that name units row by row.
    """
    unit = column.unit or unit
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column.kind == "time":
        return _human_time(value)
    if isinstance(value, int | float | Decimal):
        return _human_number(value, unit)
    return visible(_text(value))


def human_row(table: Table, row: Row) -> list[str]:
    """Return a row as people read it; its own unit holds for its values and their interval."""
    unit_at = next((at for at, column in enumerate(table.columns) if column.role == "unit"), None)
    unit = row[unit_at] if unit_at is not None else None
    return [
        human(
            value,
            column,
            unit if isinstance(unit, str) and column.role in ("value", "low", "high") else None,
        )
        for value, column in zip(row, table.columns, strict=True)
    ]


def human_grid(table: Table) -> tuple[list[Column], list[list[str]]]:
    """Return the columns and rows that people read."""
    shown = [at for at, column in enumerate(table.columns) if is_shown(table, column)]
    rows = [human_row(table, row) for row in table.rows]
    columns = [replace(table.columns[at], title=visible(table.columns[at].title)) for at in shown]
    return columns, [[row[at] for at in shown] for row in rows]


def is_shown(table: Table, column: Column) -> bool:
    """Tell whether people need a column; they do not if it holds units that the values show."""
    has_bare_values = any(each.role == "value" and each.unit is None for each in table.columns)
    return column.role != "unit" or not has_bare_values


def machine(value: object, kind: Kind = "text") -> object:
    """Return a value that JSON can hold: None, bool, int, float, Decimal, str, list or dict.

    Integers and decimals stay exact, other floats keep 12 significant digits, NaN and infinity are
    None, times are RFC 3339 with nanoseconds.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if kind == "time" and isinstance(value, int | datetime):
        return rfc3339(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return float(f"{value:.12g}") + 0.0 if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, list | tuple):
        return [machine(each) for each in value]
    if isinstance(value, dict):
        return {str(key): machine(each) for key, each in value.items()}
    return rfc3339(value) if isinstance(value, datetime) else _text(value)


def rfc3339(value: int | datetime) -> str:
    """Return a time with nine decimals; an int is nanoseconds since 1970, UTC."""
    if isinstance(value, int):
        seconds, nanoseconds = divmod(value, _NS_PER_SECOND)
        return f"{_from_seconds(seconds).isoformat()}.{nanoseconds:09d}Z"
    if value.tzinfo is None or value.utcoffset() == timedelta(0):
        return (
            f"{value.replace(tzinfo=None, microsecond=0).isoformat()}.{value.microsecond:06d}000Z"
        )
    whole = value.replace(microsecond=0).isoformat()
    return f"{whole[:-6]}.{value.microsecond:06d}000{whole[-6:]}"


def duration(ms: float) -> str:
    """Return a duration given in milliseconds: 850 ms, 12.3 s, 4 m 12 s, 3 h 05 m, 2 d 3 h."""
    if ms < 0:
        return f"-{duration(-ms)}"
    if round(ms) < _SECOND:
        return f"{_short(ms)} ms"
    if round(ms / _SECOND, 1) < 60:
        return f"{ms / _SECOND:.1f} s"
    seconds = round(ms / _SECOND)
    if seconds < _HOUR / _SECOND:
        return f"{seconds // 60} m {seconds % 60:02d} s"
    minutes = round(ms / _MINUTE)
    if minutes < _DAY / _MINUTE:
        return f"{minutes // 60} h {minutes % 60:02d} m"
    hours = round(ms / _HOUR)
    return f"{hours // 24:,} d {hours % 24} h"


def _human_number(value: float | Decimal, unit: str | None) -> str:
    if unit in DURATIONS_IN_MS:
        return duration(float(value) * DURATIONS_IN_MS[unit])
    if unit == "share":
        return f"{float(value) * 100:.1f} %"
    if unit == "usd":
        return _money(Decimal(str(value)))
    if unit == "bytes":
        return _size(int(value))
    if unit == "unix_ns":
        return _human_time(int(value))
    if isinstance(value, int):
        return f"{value:,}"
    return _short(float(value))


def _short(value: float) -> str:
    """Return a number with about three digits that say something."""
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    digits = 1 if size >= 100 else 2 if size >= 1 else 3
    text = f"{value:.{digits}f}" if size >= 1 or value == 0 else f"{value:.3g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _money(value: Decimal) -> str:
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size == 0 or size >= 1:
        return f"{sign}${size:,.2f}"
    cents, _, rest = f"{size:.{max(2, 1 - size.adjusted())}f}".partition(".")
    return f"{sign}${cents}.{rest[:2]}{rest[2:].rstrip('0')}"


def _size(count: int) -> str:
    """Return bytes in units of 1000, as disks and exports are sold."""
    for factor, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= factor:
            return f"{count / factor:,.1f} {unit}"
    return f"{count} bytes"


def _human_time(value: object) -> str:
    if isinstance(value, int):
        return f"{_from_seconds(value // _NS_PER_SECOND):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, datetime):
        zone = value.strftime(" %z") if value.utcoffset() else ""
        return f"{value:%Y-%m-%d %H:%M:%S}{zone}"
    return visible(str(value))


def _from_seconds(seconds: int) -> datetime:
    """Return UTC without a zone; years beyond datetime's are cut to the nearest it knows."""
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        return datetime.min if seconds < 0 else datetime.max.replace(microsecond=0)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(_text(each) for each in value)
    return str(value)
