"""One output format, one module. Gets rows and column descriptions; knows neither store nor SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sessiontrace.render.types import Analysis, Screen, Table

TableFormat = Literal["table", "json", "jsonl", "csv", "markdown"]
AnalysisFormat = Literal["table", "json", "csv", "markdown"]


def render_table(table: Table, format_: TableFormat, screen: Screen | None = None) -> str:
    """Return a table as text in one of the formats; it ends in a line break.

    Args:
        table: what to show.
        format_: `table` is for people.
        screen: what people look at; a pipe of 100 columns by default.
    """
    # Each module is imported when it is asked for: rich alone takes 60 ms.
    from sessiontrace.render import csv, json, markdown

    match format_:
        case "json":
            return json.render(table)
        case "jsonl":
            return json.render_lines(table)
        case "csv":
            return csv.render(table)
        case "markdown":
            return markdown.render(table)
        case "table":
            from sessiontrace.render import terminal

            return terminal.render(table, screen)


def render_analysis(
    analysis: Analysis, format_: AnalysisFormat, screen: Screen | None = None
) -> str:
    """Return the document of `analyze` as text in one of the formats; it ends in a line break."""
    match format_:
        case "json":
            from sessiontrace.render.analysis import json

            return json.render(analysis)
        case "csv":
            from sessiontrace.render.analysis import csv

            return csv.render(analysis)
        case "markdown":
            from sessiontrace.render.analysis import markdown

            return markdown.render(analysis)
        case "table":
            from sessiontrace.render.analysis import terminal

            return terminal.render(analysis, screen)
