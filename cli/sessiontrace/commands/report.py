"""`sessiontrace report NAME`: any file of queries/reports."""

from __future__ import annotations

from typing import Annotated

import typer

from sessiontrace.commands.loading import DEFAULT_IDLE, DEFAULT_MEMORY
from sessiontrace.commands.options import (
    AliasOption,
    CompleteOption,
    EnvironmentOption,
    Format,
    FormatOption,
    GoalOption,
    IdleOption,
    MemoryOption,
    OutputOption,
    QueriesOption,
    QuietOption,
    ServiceOption,
    SinceOption,
    ThreadsOption,
    TimezoneOption,
    UntilOption,
    WhereOption,
)


def report(
    name: Annotated[str, typer.Argument(metavar="NAME", help="See: sessiontrace reports")],
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Exports, or one store.")
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            "-p",
            metavar="NAME=VALUE",
            help="A parameter of the report; may be repeated.",
        ),
    ] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Print the statement instead.")] = False,
    idle: IdleOption = DEFAULT_IDLE,
    since: SinceOption = None,
    until: UntilOption = None,
    complete: CompleteOption = False,
    goal: GoalOption = None,
    where: WhereOption = None,
    service: ServiceOption = None,
    environment: EnvironmentOption = None,
    timezone: TimezoneOption = "UTC",
    alias: AliasOption = None,
    queries: QueriesOption = None,
    memory_limit: MemoryOption = DEFAULT_MEMORY,
    threads: ThreadsOption = None,
    format_: FormatOption = Format.TABLE,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run one report and print its table.

    \b
    Examples:
      sessiontrace report session_length exports/
      sessiontrace report dropoff_points traces.duckdb --format csv
    """
    from sessiontrace.catalog import Catalog
    from sessiontrace.commands.loading import check_goal, load_options, selection, workspace
    from sessiontrace.errors import UsageError
    from sessiontrace.output import screen, write
    from sessiontrace.render import render_table
    from sessiontrace.reporting import is_personal, masked
    from sessiontrace.workspace import report_sql

    parameters = dict(_parameter(each) for each in param or [])
    catalog = Catalog.load(queries)
    if sql:
        write(report_sql(catalog, name, parameters).rstrip() + "\n", output)
        return
    catalog.report(name)
    if not paths:
        raise UsageError("report needs exports or a store", hint=f"sessiontrace report {name} PATH")
    options = load_options(
        idle=idle,
        until=until,
        complete=complete,
        goal=goal,
        timezone=timezone,
        alias=alias,
        memory_limit=memory_limit,
        threads=threads,
    )
    chosen = selection(
        since=since,
        until=until,
        where=where,
        service=service,
        environment=environment,
        timezone=timezone,
    )
    with workspace(paths, options, catalog=catalog) as opened:
        check_goal(opened, goal)
        opened.select(chosen)
        table = opened.report(name, **parameters)
        by = parameters.get("by")
        also = ("value",) if by is not None and is_personal(opened, str(by)) else ()
        table = masked(table, also=also)
    write(render_table(table, format_.value, screen(output)), output)


def _parameter(text: str) -> tuple[str, str]:
    from sessiontrace.errors import UsageError

    name, separator, value = text.partition("=")
    if not separator:
        raise UsageError(f"--param {text!r} has no value", hint="write --param NAME=VALUE")
    return name.strip(), value
