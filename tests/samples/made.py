"""Loads of the support_chat sample, made with and without its plants."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.conftest import REPOSITORY

from sessiontrace.catalog import Catalog
from sessiontrace.options import LoadOptions
from sessiontrace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SAMPLE = REPOSITORY / "sample_traces" / "support_chat"
CATALOG = Catalog.load()
Rows = list[dict[str, Any]]
Reports = dict[str, Rows]


def generate(folder: Path, *options: str) -> None:
    """Run the generator of the sample; it leaves traces and truth.csv in the folder."""
    subprocess.run(
        [sys.executable, str(SAMPLE / "generate.py"), "-o", str(folder), *options],
        check=True,
        capture_output=True,
        timeout=60,
    )


def reports(folder: Path, names: Sequence[str], *options: str) -> Reports:
    """Generate, load, and return the rows of some reports."""
    generate(folder, *options)
    paths = [str(path) for path in sorted(folder.glob("traces*.jsonl"))]
    with Workspace.open(paths, LoadOptions(), catalog=CATALOG, tables=[]) as workspace:
        return {name: rows(workspace, name) for name in names}


def rows(workspace: Workspace, name: str) -> Rows:
    """Return the rows of a report by the names of its columns."""
    table = workspace.report(name)
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def pick(found: Rows, **wanted: object) -> dict[str, Any]:
    """Return the only row with these values."""
    (row,) = [row for row in found if all(row[key] == value for key, value in wanted.items())]
    return row
