"""Tables in every format, byte for byte, and what no format may let through."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from typing import TYPE_CHECKING, get_args

import pytest
from tests.render.samples import EVERY_KIND, HOSTILE, HOSTILE_TEXT, TABLES, WIDE

from sessiontrace.render import TableFormat, render_table
from sessiontrace.render.markdown import inline
from sessiontrace.render.types import Column, Screen, Table

if TYPE_CHECKING:
    from collections.abc import Callable

SUFFIX = {"table": "txt", "json": "json", "jsonl": "jsonl", "csv": "csv", "markdown": "md"}
FORMATS: tuple[TableFormat, ...] = get_args(TableFormat)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_tables_print_the_same_bytes(
    table: Table, format_: TableFormat, golden: Callable[[str, str], None]
) -> None:
    golden(f"render/{table.name}.{SUFFIX[format_]}", render_table(table, format_))


def test_a_table_that_fits_is_a_grid(golden: Callable[[str, str], None]) -> None:
    golden("render/every_kind.wide.txt", render_table(EVERY_KIND, "table", Screen(width=120)))


def test_a_terminal_gets_lines_and_colour(golden: Callable[[str, str], None]) -> None:
    screen = Screen(width=120, is_terminal=True, is_coloured=True)
    golden("render/every_kind.terminal.txt", render_table(EVERY_KIND, "table", screen))


@pytest.mark.parametrize("format_", FORMATS)
def test_no_format_lets_a_control_character_through(format_: TableFormat) -> None:
    text = render_table(HOSTILE_TEXT, format_)
    kept = "\r\n\t\u2028" if format_ == "csv" else "\n"
    controls = r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2066-\u2069\ud800-\udfff]"
    assert set(re.findall(controls, text)) <= set(kept)


def test_json_gives_back_the_values() -> None:
    rows = json.loads(render_table(HOSTILE_TEXT, "json"))
    assert [row["text"] for row in rows] == list(HOSTILE)
    exact = json.loads(render_table(EVERY_KIND, "json"))[4]["count"]
    assert exact == 2**63 + 1


def test_json_lines_hold_the_rows_of_json() -> None:
    lines = render_table(EVERY_KIND, "jsonl").split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == json.loads(render_table(EVERY_KIND, "json"))


def test_no_format_knows_infinity() -> None:
    for text in (render_table(EVERY_KIND, "json"), render_table(EVERY_KIND, "csv")):
        assert re.search("nan|inf", text, re.IGNORECASE) is None


def test_csv_is_read_back_by_any_reader() -> None:
    text = render_table(HOSTILE_TEXT, "csv")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert rows[0] == ["at", "text"]
    assert len(rows) == 1 + len(HOSTILE)
    assert rows[10][1] == '"quoted", comma'
    assert text.count("\r\n") == 1 + len(HOSTILE)


@pytest.mark.parametrize(
    "start",
    ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "\x00=1", "\uff1d1", "\x1b[0m=1", "\ufeff=1"],
)
def test_csv_text_is_never_a_formula(start: str) -> None:
    table = Table("t", "", (Column("a", "a"),), [(start,)])
    cell = next(csv.reader(io.StringIO(render_table(table, "csv").split("\r\n", 1)[1])))[0]
    assert cell.startswith("'")


def test_negative_numbers_stay_numbers_in_csv() -> None:
    table = Table("t", "", (Column("a", "a", kind="number"),), [(-1.5,)])
    assert render_table(table, "csv") == "a\r\n-1.5\r\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tool_error", "tool_error"),
        ("41.3 % (n = 12)", "41.3 % (n = 12)"),
        ("_x_", "`_x_`"),
        ("a `b` c", "``a `b` c``"),
        ("`", "`` ` ``"),
        ("<b>", "`<b>`"),
        ("- item", "`- item`"),
        ("me@example.com", "`me@example.com`"),
    ],
)
def test_markdown_shows_markup_as_code(text: str, shown: str) -> None:
    assert inline(text) == shown


def test_a_markdown_table_keeps_its_columns() -> None:
    lines = [line for line in render_table(HOSTILE_TEXT, "markdown").split("\n") if "|" in line]
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + len(HOSTILE)
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {3}


@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    for table in TABLES:
        for line in render_table(table, "table", Screen(width=width)).split("\n"):
            assert len(line) <= width


@pytest.mark.parametrize(("unit", "is_shown"), [(None, False), ("share", True)])
def test_units_are_a_column_only_where_the_values_have_their_own(
    unit: str | None, is_shown: bool
) -> None:
    value = Column("v", "v", kind="number", unit=unit, role="value")
    table = Table("t", "", (value, Column("unit", "unit", role="unit")), [(0.5, "ms")])
    for shown in (render_table(table, "table"), render_table(table, "markdown")):
        assert ("50.0 %" if unit else "0.5 ms") in shown
        assert ("unit" in shown) is is_shown


def test_numbers_are_never_cut() -> None:
    for width in range(80, 141, 10):
        shown = render_table(WIDE, "table", Screen(width=width))
        for at in range(1, 12, 2):
            assert f"{10**9 + at:,}" in shown


def test_floats_carry_twelve_digits() -> None:
    table = Table(
        "t", "", (Column("a", "a", kind="number"),), [(0.1 + 0.2,), (math.pi * 1e6,), (-0.0,)]
    )
    assert [row["a"] for row in json.loads(render_table(table, "json"))] == [
        0.3,
        3141592.65359,
        0.0,
    ]
    assert "-0" not in render_table(table, "json")


@pytest.mark.parametrize("format_", FORMATS)
def test_names_of_columns_are_as_hostile_as_values(format_: TableFormat) -> None:
    name = "=1\x1b[2J|<b>"
    text = render_table(Table("t", "", (Column(name, name),), [("x",)]), format_)
    assert "\x1b" not in text
    assert format_ != "csv" or text.startswith("'=1")
