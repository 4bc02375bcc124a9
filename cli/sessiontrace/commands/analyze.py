"""`sessiontrace analyze`: the main job."""

from __future__ import annotations

from typing import Annotated

import typer

from sessiontrace.commands.loading import DEFAULT_IDLE, DEFAULT_MEMORY
from sessiontrace.commands.options import (
    AliasOption,
    AnalysisFormat,
    AnalysisFormatOption,
    CompleteOption,
    EnvironmentOption,
    GoalOption,
    IdleOption,
    MemoryOption,
    OutputOption,
    PathsArgument,
    QueriesOption,
    QuietOption,
    ServiceOption,
    SinceOption,
    StrictOption,
    ThreadsOption,
    TimezoneOption,
    UntilOption,
    WhereOption,
)


def analyze(
    paths: PathsArgument,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="ATTRIBUTE", help="Compare sessions by it, as: channel."),
    ] = None,
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
    format_: AnalysisFormatOption = AnalysisFormat.TABLE,
    output: OutputOption = None,
    strict: StrictOption = False,
    quiet: QuietOption = False,
) -> int:
    """Load exports and report session length, drop-off, journeys and anti-patterns.

    \b
    Examples:
      sessiontrace analyze exports/
      sessiontrace analyze traces.duckdb --where "channel = 'web'" --format json
    """
    from sessiontrace.catalog import Catalog
    from sessiontrace.commands.loading import (
        check_goal,
        exit_code,
        load_options,
        selection,
        workspace,
    )
    from sessiontrace.output import screen, write
    from sessiontrace.render import render_analysis
    from sessiontrace.reporting import analysis, as_given, tables_read

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
    given = as_given(
        idle=(idle, DEFAULT_IDLE),
        since=(since, None),
        until=(until, None),
        complete=(complete, False),
        goal=(goal, None),
        where=(where, None),
        service=(service, None),
        environment=(environment, None),
        timezone=(timezone, "UTC"),
        alias=(alias, None),
        queries=(queries, None),
        memory_limit=(memory_limit, DEFAULT_MEMORY),
        threads=(threads, None),
    )
    catalog = Catalog.load(queries)
    with workspace(paths, options, catalog=catalog, tables=tables_read(catalog)) as opened:
        check_goal(opened, goal)
        opened.select(chosen)
        document = analysis(opened, paths, by=by, timezone=timezone, options=given)
        code = exit_code(opened.sources, strict=strict)
    write(render_analysis(document, format_.value, screen(output)), output)
    return code
