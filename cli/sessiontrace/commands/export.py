"""`sessiontrace export DIR`: the tables as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sessiontrace.commands.loading import DEFAULT_MEMORY
from sessiontrace.commands.options import (
    ExportFormat,
    MemoryOption,
    PathsArgument,
    QuietOption,
    ThreadsOption,
)


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    paths: PathsArgument,
    table: Annotated[
        list[str] | None, typer.Option("--table", metavar="NAME", help="Only this table.")
    ] = None,
    format_: Annotated[
        ExportFormat, typer.Option("--format", "-f", help="One file per table.")
    ] = ExportFormat.PARQUET,
    memory_limit: MemoryOption = DEFAULT_MEMORY,
    threads: ThreadsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Write the tables of the model as Parquet, CSV or JSON. They hold raw values.

    \b
    Examples:
      sessiontrace export tables/ exports/
      sessiontrace export tables/ traces.duckdb --format csv --table sessions
    """
    from sessiontrace import diagnostics
    from sessiontrace.answers import make_folder
    from sessiontrace.commands.loading import load_options, workspace

    make_folder(folder)  # before an hour of loading
    options = load_options(memory_limit=memory_limit, threads=threads)
    with workspace(paths, options, writable=folder) as opened:
        written = opened.export(folder, format_.value, table or ())
    rows = sum(count for _, count in written)
    diagnostics.note(f"{folder}: {len(written)} tables, {rows} rows, raw values included")
