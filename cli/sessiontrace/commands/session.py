"""`sessiontrace session ID`: one session as a timeline tree."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sessiontrace.commands.loading import DEFAULT_IDLE, DEFAULT_MEMORY
from sessiontrace.commands.options import (
    AliasOption,
    CompleteOption,
    GoalOption,
    HorizonOption,
    IdleOption,
    MemoryOption,
    OutputOption,
    PathsArgument,
    QuietOption,
    ThreadsOption,
    TimezoneOption,
)


class SessionFormat(StrEnum):
    """The formats of a session."""

    TREE = "tree"
    JSON = "json"


def session(
    session_id: Annotated[
        str, typer.Argument(metavar="ID", help="The session id, or enough of its beginning.")
    ],
    paths: PathsArgument,
    idle: IdleOption = DEFAULT_IDLE,
    until: HorizonOption = None,
    complete: CompleteOption = False,
    goal: GoalOption = None,
    timezone: TimezoneOption = "UTC",
    alias: AliasOption = None,
    memory_limit: MemoryOption = DEFAULT_MEMORY,
    threads: ThreadsOption = None,
    format_: Annotated[
        SessionFormat, typer.Option("--format", "-f", help="How to print the session.")
    ] = SessionFormat.TREE,
    output: OutputOption = None,
    quiet: QuietOption = False,
) -> None:
    """Print one session: its turns, agent runs and calls in time, and where it ended.

    \b
    Examples:
      sessiontrace session sess-33f771bcd8c521f8 exports/
      sessiontrace session sess-33 traces.duckdb --format json
    """
    from sessiontrace.commands.loading import load_options, workspace
    from sessiontrace.output import screen, write
    from sessiontrace.render.story import render_json
    from sessiontrace.reporting.story import story

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
    with workspace(paths, options) as opened:
        told = story(opened, session_id)
    if format_ is SessionFormat.JSON:
        write(render_json(told), output)
    else:
        from sessiontrace.render.story_tree import render

        write(render(told, screen(output)), output)
