"""`sessiontrace reports`: what can be asked."""

from __future__ import annotations

from sessiontrace.commands.options import (
    Format,
    FormatOption,
    OutputOption,
    QueriesOption,
    QuietOption,
)


def reports(
    queries: QueriesOption = None,
    format_: FormatOption = Format.TABLE,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    """List the reports; `report NAME` runs one.

    \b
    Examples:
      sessiontrace reports
      sessiontrace reports --format json
    """
    from sessiontrace.catalog import Catalog
    from sessiontrace.output import screen, write
    from sessiontrace.render import render_table
    from sessiontrace.render.types import Column, Table

    catalog = Catalog.load(queries)
    table = Table(
        name="reports",
        title="",
        columns=(
            Column("name", "report", role="group"),
            Column("summary", "what it answers"),
            Column("parameters", "parameters"),
            Column("is_builtin", "built in", kind="boolean"),
        ),
        rows=[
            (report.name, report.summary, ", ".join(report.parameters), report.is_builtin)
            for report in catalog.reports.values()
        ],
    )
    write(render_table(table, format_.value, screen(output)), output)
