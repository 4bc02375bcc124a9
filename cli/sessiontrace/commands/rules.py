"""`sessiontrace rules`: what is checked."""

from __future__ import annotations

from sessiontrace.commands.options import (
    Format,
    FormatOption,
    OutputOption,
    QueriesOption,
    QuietOption,
)


def rules(
    queries: QueriesOption = None,
    format_: FormatOption = Format.TABLE,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    """List the rules that instrumentation is checked against.

    \b
    Examples:
      sessiontrace rules
      sessiontrace rules --format markdown
    """
    from sessiontrace import diagnostics
    from sessiontrace.catalog import Catalog
    from sessiontrace.output import screen, write
    from sessiontrace.render import render_table
    from sessiontrace.render.types import Column, Table

    catalog = Catalog.load(queries)
    table = Table(
        name="rules",
        title="",
        columns=(
            Column("code", "code", role="group"),
            Column("name", "name"),
            Column("severity", "severity"),
            Column("summary", "what it finds"),
        ),
        rows=[
            (rule.code, rule.text("name"), rule.text("severity"), rule.summary)
            for rule in catalog.rules.values()
        ],
    )
    write(render_table(table, format_.value, screen(output)), output)
    if not table.rows:
        diagnostics.note("there is no built-in rule; --queries DIR brings your own")
