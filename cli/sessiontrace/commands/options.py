"""Options that several commands share, each spelled once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sessiontrace import diagnostics


class Format(StrEnum):
    """The formats of an answer that is one table."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"


class AnalysisFormat(StrEnum):
    """The formats of an analysis."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


def _set_quiet(quiet: bool) -> None:
    if quiet:
        diagnostics.set_quiet(True)


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")]
AnalysisFormatOption = Annotated[
    AnalysisFormat, typer.Option("--format", "-f", help="How to print the answer.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to FILE instead of stdout."),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="Only errors on stderr.", is_eager=True, callback=_set_quiet
    ),
]
QueriesOption = Annotated[
    Path | None,
    typer.Option("--queries", metavar="DIR", help="Your own .sql files, beside the built-in ones."),
]
