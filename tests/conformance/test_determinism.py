"""The order of files and lines, copies of files and the number of threads change nothing."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from tests.conformance.compare import CATALOG, options
from tests.conformance.contents import digests
from tests.conformance.inputs import SAMPLES

from sessiontrace.render import render_analysis
from sessiontrace.reporting import analysis
from sessiontrace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

Content = dict[str, tuple[int, str]]
SETS = ("langfuse", "langgraph_traceloop", "google_adk", "vercel_ai_7", "logfire")


def content(paths: list[Path], threads: int) -> tuple[Content, str]:
    """Return the public tables and the analysis of a load, told under one name of the input."""
    names = [str(path) for path in paths]
    with Workspace.open(names, options(threads), catalog=CATALOG) as workspace:
        document = render_analysis(analysis(workspace, ["exports/"], by="channel"), "json")
        return digests(workspace), document


@pytest.fixture(scope="module")
def files() -> list[Path]:
    frameworks = [SAMPLES / "frameworks" / name / "traces.jsonl" for name in SETS]
    return [*sorted(SAMPLES.glob("support_chat/traces*.jsonl")), *frameworks]


@pytest.fixture(scope="module")
def reference(files: list[Path]) -> tuple[Content, str]:
    return content(files, 2)


@pytest.mark.parametrize("threads", [1, 8])
def test_the_number_of_threads_changes_nothing(
    files: list[Path], reference: tuple[Content, str], threads: int
) -> None:
    assert content(files, threads) == reference


def test_the_order_of_files_and_lines_changes_nothing(
    files: list[Path], reference: tuple[Content, str], tmp_path: Path
) -> None:
    chance = random.Random(7)  # noqa: S311 (repeatable)
    shuffled = []
    for number, path in enumerate(files):
        lines = path.read_text("utf-8").splitlines()
        chance.shuffle(lines)
        shuffled.append(tmp_path / f"{chance.randrange(1000):03}-{number}.jsonl")
        shuffled[-1].write_text("\n".join(lines) + "\n", "utf-8")
    chance.shuffle(shuffled)
    assert content(shuffled, 2) == reference


def test_copies_of_files_change_nothing(
    files: list[Path], reference: tuple[Content, str], tmp_path: Path
) -> None:
    copies = [tmp_path / f"copy-{number}.jsonl" for number in range(3)]
    for copy, path in zip(copies, files, strict=False):
        copy.write_bytes(path.read_bytes())
    tables, document = content([*files, *copies], 2)
    assert tables == reference[0]
    assert _without_input(document) == _without_input(reference[1])


def _without_input(document: str) -> str:
    """The analysis without the section that counts files."""
    parsed = json.loads(document)
    del parsed["sections"]["input"]
    return json.dumps(parsed)
