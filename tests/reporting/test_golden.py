"""`analyze` on the committed sample: the same bytes in every format and at every width."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from tests.conftest import REPOSITORY

from sessiontrace.catalog import Catalog
from sessiontrace.render import AnalysisFormat, render_analysis
from sessiontrace.render.types import Analysis, Screen
from sessiontrace.reporting import analysis
from sessiontrace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAMPLE = "sample_traces/support_chat"


@pytest.fixture(scope="module")
def document() -> Iterator[Analysis]:
    before = Path.cwd()
    os.chdir(REPOSITORY)
    try:
        with Workspace.open([SAMPLE], catalog=Catalog.load()) as workspace:
            yield analysis(workspace, [SAMPLE], by="channel")
    finally:
        os.chdir(before)


@pytest.mark.slow
@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_sample_on_a_screen(
    document: Analysis, width: int, golden: Callable[[str, str], None]
) -> None:
    text = render_analysis(document, "table", Screen(width=width))
    golden(f"analyze/support_chat.{width}.txt", text)
    assert len(text.splitlines()) <= (55 if width >= 100 else 70)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("format_", "suffix"), [("json", "json"), ("csv", "csv"), ("markdown", "md")]
)
def test_the_sample_in_other_formats(
    document: Analysis, format_: AnalysisFormat, suffix: str, golden: Callable[[str, str], None]
) -> None:
    golden(f"analyze/support_chat.{suffix}", render_analysis(document, format_))


@pytest.mark.slow
def test_json_keeps_every_row_and_its_schema(document: Analysis) -> None:
    schema = json.loads((REPOSITORY / "docs" / "analysis.schema.json").read_text(encoding="utf-8"))
    found = json.loads(render_analysis(document, "json"))
    jsonschema.validate(found, schema)
    assert list(found["sections"]) == [section.name for section in document.sections]
    for section in document.sections:
        assert len(found["sections"][section.name]["rows"]) == len(section.table.rows)
        assert found["sections"][section.name]["more"].startswith("sessiontrace report ")
