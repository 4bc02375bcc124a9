"""`sessiontrace schema`: the tables of the store, documented."""

from __future__ import annotations

from typing import Annotated

import typer

from sessiontrace.commands.options import Format, FormatOption, OutputOption, QuietOption


def schema(
    table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="Only this table.")] = None,
    sql: Annotated[
        str | None,
        typer.Option("--sql", metavar="NAME", help="Print the statement that builds a table."),
    ] = None,
    format_: FormatOption = Format.TABLE,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    """Print the public tables with their columns, types, units and meaning.

    \b
    Examples:
      sessiontrace schema sessions
      sessiontrace schema --sql turns
    """
    from dataclasses import replace

    from sessiontrace.errors import UsageError, did_you_mean
    from sessiontrace.output import screen, write
    from sessiontrace.render import render_table
    from sessiontrace.workspace import schema_table, statement_of

    if sql is not None:
        write(statement_of(sql).rstrip() + "\n", output)
        return
    answer = schema_table()
    if table is not None:
        rows = [row for row in answer.rows if row[0] == table]
        if not rows:
            known = {str(row[0]) for row in answer.rows}
            raise UsageError(f"there is no table {table!r}", hint=did_you_mean(table, known))
        answer = replace(answer, rows=rows)
    write(render_table(answer, format_.value, screen(output)), output)
