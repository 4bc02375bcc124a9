"""How single values read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessiontrace.render.types import Column
from sessiontrace.render.values import duration, human, machine, rfc3339
from sessiontrace.visible import visible


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 ms"),
        (0.04, "0.04 ms"),
        (850, "850 ms"),
        (999.4, "999.4 ms"),
        (999.6, "1.0 s"),
        (12_340, "12.3 s"),
        (59_949, "59.9 s"),
        (59_950, "1 m 00 s"),
        (252_000, "4 m 12 s"),
        (3_599_600, "1 h 00 m"),
        (11_100_000, "3 h 05 m"),
        (86_399_000, "1 d 0 h"),
        (183_600_000, "2 d 3 h"),
        (-1500, "-1.5 s"),
    ],
)
def test_durations_read_like_durations(ms: float, text: str) -> None:
    assert duration(ms) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.41284, "share", "41.3 %"),
        (1, "share", "100.0 %"),
        (Decimal("0.00042"), "usd", "$0.00042"),
        (0.0123456, "usd", "$0.012"),
        (Decimal("0.35"), "usd", "$0.35"),
        (1234.5, "usd", "$1,234.50"),
        (-0.5, "usd", "-$0.50"),
        (0.01, "usd", "$0.01"),
        (999, "bytes", "999 bytes"),
        (7_363_643, "bytes", "7.4 MB"),
        (1_767_225_600_000_000_000, "unix_ns", "2026-01-01 00:00:00"),
        (12_000_000, "ns", "12 ms"),
        (90, "s", "1 m 30 s"),
        (1204, "tokens", "1,204"),
        (4.0, "turns", "4"),
        (12.3456, None, "12.35"),
        (0.000123456, None, "0.000123"),
        (123.456, None, "123.5"),
        (100.0, None, "100"),
        (123_456.7, None, "123,457"),
        (True, None, "yes"),
        (None, "share", "–"),
        (float("nan"), None, "–"),
        (["a", 1, None], None, "a, 1, None"),
        (b"\x00\xff", None, "00ff"),
    ],
)
def test_values_read_like_what_they_are(value: object, unit: str | None, text: str) -> None:
    assert human(value, Column("x", "x", unit=unit)) == text


def test_the_unit_of_a_column_stands_before_the_one_of_the_row() -> None:
    assert human(0.5, Column("x", "x", unit="share"), "ms") == "50.0 %"
    assert human(500, Column("x", "x"), "ms") == "500 ms"


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_64_bit_time_prints_nine_decimals(ns: int) -> None:
    text = rfc3339(ns)
    assert text.endswith("Z")
    assert len(text.rpartition(".")[2]) == 10
    assert human(ns, Column("x", "x", kind="time"))


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_nanoseconds_survive(ns: int) -> None:
    text = rfc3339(ns)
    seconds = datetime.fromisoformat(text.partition(".")[0]).replace(tzinfo=UTC)
    whole = (seconds - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    assert whole * 10**9 + int(text[20:29]) == ns


@given(st.text())
def test_visible_text_is_one_line_that_commands_nothing(text: str) -> None:
    shown = visible(text)
    assert all(character.isprintable() or not character.isascii() for character in shown)
    assert len(shown.splitlines()) <= 1
    shown.encode()


def test_nested_values_stay_exact() -> None:
    value = {"a": [2**70, Decimal("0.10"), 0.1 + 0.2, float("nan")], "b": (True, None)}
    expected = {"a": [2**70, Decimal("0.10"), 0.3, None], "b": [True, None]}
    assert machine(value) == expected
