"""The document of `analyze`: one screen, one JSON document, one CSV table, one Markdown page."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, get_args

import jsonschema
import pytest
from tests.conftest import REPOSITORY
from tests.render.samples import HOSTILE_TEXT, analysis

from sessiontrace.render import AnalysisFormat, render_analysis
from sessiontrace.render.types import Analysis, Column, Screen, Section, Table

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
@pytest.mark.parametrize("width", [80, 100, 140])
def test_it_fits_on_one_screen(rows: int, width: int) -> None:
    lines = render_analysis(analysis(rows), "table", Screen(width=width)).splitlines()
    assert len(lines) <= 55
    assert max(map(len, lines)) <= width
    titles = [line for line in lines if re.match(r"[A-Z]{2}", line)]
    assert [title.split("  ")[0] for title in titles] == [
        section.title.upper() for section in analysis(rows).sections
    ]


def test_rows_that_do_not_fit_are_counted() -> None:
    document = analysis(40)
    shown = render_analysis(document, "table")
    for name in ("end_states", "journeys", "differences"):
        left_out = re.search(rf"… and (\d+) more: sessiontrace report {name} sample_traces", shown)
        assert left_out is not None
    kept = len(re.findall(r"^  state \d+", shown, re.MULTILINE))
    left = sum(map(int, re.findall(r"… and (\d+) more: sessiontrace report [^s]", shown)))
    assert kept + left == 3 * 40 + 2 * 5


def test_long_notes_give_way_and_are_counted() -> None:
    notes = tuple(f"note {at}: " + "words " * 40 for at in range(60))
    document = Analysis(sections=(Section("a", "A", analysis(1).sections[2].table, notes=notes),))
    lines = render_analysis(document, "table").splitlines()
    assert len(lines) <= 55
    assert re.search(r"… and \d+ more notes: see --format json", lines[-1])


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
    section = Section("hostile", hostile, table, notes=(hostile,), more=hostile)
    text = render_analysis(Analysis((section,), meta={"paths": [hostile]}), format_)
    assert re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]", text) is None


def test_an_empty_analysis_is_still_a_document() -> None:
    for format_ in FORMATS:
        assert render_analysis(Analysis(sections=()), format_).endswith("\n")
