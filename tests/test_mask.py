from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessiontrace.mask import mask_shape, mask_value


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ('{"id": "Bob7"}', '{"aa": "Aaa9"}'),
        ("", ""),
        ("Zürich №5", "Aaaaaa ?9"),
        ("東京 ٣", "aa 9"),
        ("a\x1b[31m\tb\x00", "a [99a a "),
        ("\u202eevil\u2028", " aaaa "),
        ("«à»…", "«a»…"),
        ("x²Ⅷ", "a9?"),
    ],
)
def test_shape_keeps_punctuation_only(text: str, shape: str) -> None:
    assert mask_shape(text) == shape


def test_shape_is_cut_to_its_limit() -> None:
    assert mask_shape("a" * 80) == "a" * 80
    assert mask_shape("a" * 81) == "a" * 79 + "…"
    assert mask_shape("abc", 2) == "a…"
    assert mask_shape("abc", 0) == ""


@given(st.text(), st.integers(0, 100))
def test_shape_has_no_letter_or_digit_of_its_own(text: str, limit: int) -> None:
    shape = mask_shape(text, limit)
    assert len(shape) <= limit
    assert {c for c in shape if c.isalnum()} <= set("aA9")
    assert shape.isprintable()
    assert mask_shape(shape, limit) == shape


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("jane.doe@example.com", "j…@e….com"),
        ("  jane@mail.example.co.uk ", "j…@m….uk"),
        ("jane@localhost", "j…@l…"),
        ("jane@host.secretproject9", "j…@h…"),
        ("+49 (170) 123-4567", "…67"),
        ("tel:+12025550143", "…43"),
        ("2025550143", "…43"),
        ("Jane Doe <jane@example.com>", "J…(16-31)"),
        ("user-12345", "u…(8-15)"),
        ("123456", "1…(4-7)"),
        ("jan", "…(1-3)"),
        ("7", "…(1-3)"),
        ("", ""),
        ("x" * 1000, "x…(64+)"),
        ("\x1b[31mred", "?…(8-15)"),
    ],
)
def test_value_keeps_its_kind_only(value: str, masked: str) -> None:
    assert mask_value(value) == masked


@given(st.text())
def test_value_never_shows_three_characters_in_a_row(value: str) -> None:
    masked = mask_value(value)
    assert masked.isprintable()
    name = value.strip().rpartition(".")[0] or value.strip()
    body = masked.partition("(")[0]
    assert not any(name[i : i + 3] in body for i in range(len(name) - 2) if name[i : i + 3] != "…")
