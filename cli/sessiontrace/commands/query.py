"""`sessiontrace query`: SQL on a store or on files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sessiontrace.commands.loading import DEFAULT_MEMORY
from sessiontrace.commands.options import (
    Format,
    FormatOption,
    MemoryOption,
    OutputOption,
    QuietOption,
    ThreadsOption,
)


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT; - reads it from stdin.")],
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Exports, or one store.")
    ] = None,
    db: Annotated[
        Path | None, typer.Option("--db", metavar="FILE", help="The store to ask.")
    ] = None,
    format_: FormatOption = Format.TABLE,
    output: OutputOption = None,
    memory_limit: MemoryOption = DEFAULT_MEMORY,
    threads: ThreadsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run one SELECT, read-only. Answers hold raw values.

    \b
    Examples:
      sessiontrace query "select count(*) from turns" exports/
      sessiontrace query "from sessions limit 5" --db traces.duckdb --format json
    """
    import sys

    from sessiontrace import diagnostics
    from sessiontrace.commands.loading import load_options, workspace
    from sessiontrace.errors import UsageError
    from sessiontrace.output import screen, write
    from sessiontrace.render import render_table

    places = [str(db)] if db is not None else list(paths or [])
    if not places or (db is not None and paths):
        raise UsageError(
            "query needs a store or exports to ask", hint="give --db FILE, or PATHs after the SQL"
        )
    statement = sys.stdin.read() if sql == "-" else sql
    options = load_options(memory_limit=memory_limit, threads=threads)
    with workspace(places, options) as opened:
        table = opened.sql(statement)
    write(render_table(table, format_.value, screen(output)), output)
    if table.rows and any(column.kind == "text" for column in table.columns):
        diagnostics.note("answers of query are raw values; reports mask personal ones")
