"""The document of `analyze`: one screen, one JSON document, one CSV table, one Markdown page."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from typing import TYPE_CHECKING, get_args

import jsonschema
import pytest
from rich.cells import cell_len
from tests.conftest import REPOSITORY
from tests.render.samples import EMPTY, HOSTILE_TEXT, analysis

from sessiontrace.render import AnalysisFormat, render_analysis
from sessiontrace.render.analysis.blocks import Facts, Grid, Head, More, Note, Part
from sessiontrace.render.types import Analysis, Column, Screen, Table

if TYPE_CHECKING:
    from collections.abc import Callable

SUFFIX = {"table": "txt", "json": "json", "csv": "csv", "markdown": "md"}
FORMATS: tuple[AnalysisFormat, ...] = get_args(AnalysisFormat)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("rows", [2, 9])
def test_an_analysis_prints_the_same_bytes(
    rows: int, format_: AnalysisFormat, golden: Callable[[str, str], None]
) -> None:
    name = f"render/analysis_{rows}_rows.{SUFFIX[format_]}"
    golden(name, render_analysis(analysis(rows), format_))


@pytest.mark.parametrize("rows", [1, 3, 5, 8, 40, 500])
@pytest.mark.parametrize(("width", "most"), [(80, 70), (100, 55), (140, 55)])
def test_it_fits_on_one_screen(rows: int, width: int, most: int) -> None:
    lines = render_analysis(analysis(rows), "table", Screen(width=width)).splitlines()
    assert len(lines) <= most
    assert max(map(len, lines)) <= width
    titles = [line for line in lines if re.match(r"[A-Z]{2}", line)]
    assert [title.split("  ")[0] for title in titles] == [
        section.title.upper() for section in analysis(rows).sections
    ]


def test_rows_that_do_not_fit_are_counted() -> None:
    shown = render_analysis(analysis(40), "table")
    for name in ("end_states", "journeys", "differences"):
        left_out = re.search(rf"… and (\d+) more: sessiontrace report {name} sample_traces", shown)
        assert left_out is not None
    kept = len(re.findall(r"^  state \d+", shown, re.MULTILINE))
    left = sum(map(int, re.findall(r"… and (\d+) more: sessiontrace report [^s]", shown)))
    assert kept + left == 3 * 40 + 2 * 5


def test_a_long_command_goes_on_in_the_next_line() -> None:
    words = (
        "sessiontrace",
        "report",
        "input",
        *(f"exports/of-a-long-name-{at}" for at in range(4)),
    )
    part = Part("a", "A", EMPTY, blocks=(Facts(("one",)), More("all of it", words)))
    lines = render_analysis(Analysis(sections=(part,)), "table", Screen(width=80)).splitlines()
    command = "\n".join(lines[3:]).partition(": ")[2].replace("\\\n", " ")
    assert shlex.split(command) == list(words)
    assert all(line.endswith(" \\") for line in lines[3:-1])


def test_a_command_of_a_page_is_named_and_not_printed() -> None:
    words = ("sessiontrace", "report", "input", *(f"exports/{at}" for at in range(400)))
    part = Part("a", "A", EMPTY, blocks=(Facts(("one",)), More("all of it", words)))
    last = render_analysis(Analysis(sections=(part,)), "table").splitlines()[-1]
    expected = "sessiontrace report input PATH with the paths and options of this run"
    assert last == f"  all of it: {expected}"


def test_notes_give_way_and_warnings_last() -> None:
    notes = tuple(Note(f"note {at}: " + "words " * 40, is_warning=at % 2 == 0) for at in range(60))
    part = Part("a", "A", EMPTY, blocks=(Facts(("one",)), *notes))
    shown = render_analysis(Analysis(sections=(part,)), "table")
    assert len(shown.splitlines()) <= 55
    assert "! note 0" in shown and "note 1:" not in shown


def test_words_stay_within_the_width() -> None:
    facts = ("short", "word " * 60, "x" * 300, "日本語" * 60)
    part = Part("a", "A title", EMPTY, blocks=(Facts(facts), Note("y" * 300), Note("日本語" * 90)))
    for width in (80, 100, 140):
        shown = render_analysis(Analysis(sections=(part,)), "table", Screen(width=width))
        assert max(map(cell_len, shown.splitlines())) <= width


def test_rows_stand_in_pairs_where_there_is_room() -> None:
    heads = (Head("", is_text=True), Head("k/n"))
    rows = tuple((name, f"{at}/9") for at, name in enumerate(("one", "three", "five")))
    part = Part("a", "A", EMPTY, blocks=(Facts(("x",)), Grid(heads, rows, is_paired=True)))
    wide = render_analysis(Analysis(sections=(part,)), "table").splitlines()
    assert wide[-2:] == ["  one    0/9    five   2/9", "  three  1/9"]


def test_ascii_where_the_screen_is_not_utf8() -> None:
    text = render_analysis(analysis(3), "table", Screen(is_unicode=False))
    assert text.isascii()
    plain = render_analysis(analysis(3), "table")
    assert list(map(len, text.splitlines())) == list(map(len, plain.splitlines()))


def test_colour_only_where_it_is_welcome() -> None:
    plain = render_analysis(analysis(3), "table", Screen())
    coloured = render_analysis(analysis(3), "table", Screen(is_terminal=True, is_coloured=True))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain


def test_json_keeps_to_its_schema() -> None:
    schema = json.loads((REPOSITORY / "docs" / "analysis.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for rows in (0, 3):
        document = json.loads(render_analysis(analysis(rows), "json"))
        jsonschema.validate(document, schema)
        for section in document["sections"].values():
            names = [column["name"] for column in section["columns"]]
            assert all(list(row) == names for row in section["rows"])


def test_csv_has_a_line_for_every_value() -> None:
    document = analysis(3)
    text = render_analysis(document, "csv")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert text.startswith("section,metric,group,value,k,n,low,high,unit\r\n")
    assert len(lines) == sum(
        len(section.table.rows) * sum(column.role == "value" for column in section.table.columns)
        for section in document.sections
    )
    wall = next(line for line in lines if line["group"] == "wall time" and line["metric"] == "p90")
    assert wall == {
        "section": "sessions", "metric": "p90", "group": "wall time", "value": "1200000.0",
        "k": "", "n": "300", "low": "", "high": "", "unit": "ms",
    }  # fmt: skip
    rate = next(line for line in lines if line["section"] == "end_states")
    assert rate == {
        "section": "end_states", "metric": "share",
        "group": "state 0 / search_knowledge_base_of_the_whole_company",
        "value": "0.01", "k": "1", "n": "100", "low": "0.0", "high": "0.09", "unit": "share",
    }  # fmt: skip


@pytest.mark.parametrize("format_", FORMATS)
def test_an_analysis_of_hostile_text_commands_nothing(format_: AnalysisFormat) -> None:
    table = Table(
        "hostile",
        "hostile",
        (Column("text", "text", role="group"), Column("n", "n", kind="integer", role="value")),
        [(text, at) for at, text in HOSTILE_TEXT.rows],
    )
    hostile = "note \x1b[2J \x9b1m\u202e | <b>"
    blocks = (
        Facts((hostile, hostile)),
        Grid(
            (Head(hostile, is_text=True), Head(hostile)),
            tuple((str(text), hostile) for _, text in HOSTILE_TEXT.rows),
            left_out=3,
            more=("sessiontrace", hostile),
        ),
        Note(hostile, is_warning=True),
        More(hostile, ("sessiontrace", hostile)),
    )
    part = Part("hostile", hostile, table, (hostile,), hostile, heading=hostile, blocks=blocks)
    meta = {"paths": [hostile], "summary": [hostile]}
    text = render_analysis(Analysis((part,), meta=meta), format_)
    assert re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]", text) is None
    if format_ == "markdown":
        lines = [line for line in text.splitlines() if line.startswith("| ")]
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {3}


def test_an_empty_analysis_is_still_a_document() -> None:
    for format_ in FORMATS:
        assert render_analysis(Analysis(sections=()), format_).endswith("\n")
