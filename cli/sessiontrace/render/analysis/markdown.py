"""The analysis as a Markdown document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.markdown import grid, inline
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from sessiontrace.render.types import Analysis, Section


def render(analysis: Analysis) -> str:
    """Return a heading, what the numbers depend on, and one part per section."""
    known = [(key, value) for key, value in analysis.meta.items() if value is not None]
    facts = "\n".join(f"- {inline(key)}: {inline(fact_text(value))}" for key, value in known)
    blocks = ["# Session analysis", *([facts] if facts else [])]
    for section in analysis.sections:
        blocks += _section(section)
    return "\n\n".join(blocks) + "\n"


def _section(section: Section) -> list[str]:
    blocks = [f"## {inline(section.title)}", grid(section.table)]
    blocks += [inline(note) for note in (*section.table.notes, *section.notes)]
    if section.more:
        blocks.append(f"More: `{visible(section.more)}`")
    return blocks


def fact_text(value: object) -> str:
    """Return a value of the meta data as people read it."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {fact_text(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(fact_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
