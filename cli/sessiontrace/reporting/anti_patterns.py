"""The five anti-patterns of instrumentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Grid, Head, More
from sessiontrace.reporting.run import Arranged

if TYPE_CHECKING:
    from sessiontrace.reporting.rows import Item
    from sessiontrace.reporting.run import Run

_ID = 8  # characters of a span id that find it
_HEADS = (
    Head("", is_text=True),
    Head("found"),
    Head("share"),
    Head("of", is_text=True),
    Head("example: span, value masked", is_text=True),
)


def arrange(run: Run) -> Arranged:
    """All five with a count and an example, then the command that has the fixes."""
    rows = run.rows["anti_patterns"]
    lines = tuple(map(_line, rows))
    more = More("spans, reasons and fixes", run.command("anti_patterns"))
    return Arranged((Grid(_HEADS, lines, len(lines), more=run.command("anti_patterns")), more))


def _line(item: Item) -> tuple[str, ...]:
    name = item.show("anti_pattern")
    if not item.count("checked"):
        return (name, "0/0", f"not checked: {item.show('not_checked')}")
    return (
        name,
        item.fraction("violations", "checked"),
        item.show("share"),
        item.show("unit"),
        _example(item),
    )


def _example(item: Item) -> str:
    if not item.count("violations"):
        return ""
    span = item["example_span"]
    place = f"{str(span).rpartition('/')[2][:_ID]}…" if span else ""
    values = (item[name] for name in ("example_note", "example_value"))
    value = next((str(each) for each in values if each), "")
    return " ".join(filter(None, (place, value)))
