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


class ExportFormat(StrEnum):
    """The formats of exported tables."""

    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"


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
PathsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH", help="Files, folders, globs, one store, or - for standard input."
    ),
]
ExportsArgument = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="Files, folders, globs, or - for standard input."),
]
IdleOption = Annotated[
    str | None,
    typer.Option(
        "--idle", metavar="DURATION", help="Silence after which a session is over: 30m by default."
    ),
]
CompleteOption = Annotated[
    bool, typer.Option("--complete", help="Nothing follows the export: no session is open.")
]
GoalOption = Annotated[
    str | None,
    typer.Option("--goal", metavar="STEP", help="What counts as success, as: tool = checkout."),
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Only sessions that start at TIME or later."),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="TIME", help="Only sessions that start before TIME, the new horizon."
    ),
]
HorizonOption = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="TIME", help="The horizon, in place of the latest end of a span."
    ),
]
WhereOption = Annotated[
    str | None,
    typer.Option(
        "--where", metavar="EXPR", help="Only sessions where EXPR is true, as: turns > 3."
    ),
]
ServiceOption = Annotated[
    list[str] | None,
    typer.Option("--service", metavar="NAME", help="Only this service; may be repeated."),
]
EnvironmentOption = Annotated[
    list[str] | None,
    typer.Option("--environment", metavar="NAME", help="Only this environment; may be repeated."),
]
TimezoneOption = Annotated[
    str, typer.Option("--timezone", metavar="ZONE", help="Of the times given and shown.")
]
AliasOption = Annotated[
    list[str] | None,
    typer.Option("--alias", metavar="NAME=KEY", help="Your own key, as: session_id=acme.chat."),
]
MemoryOption = Annotated[
    str, typer.Option("--memory-limit", metavar="SIZE", help="What the engine may use.")
]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", min=1, help="As many as processors by default."),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Exit 5 if anything was rejected.")]
