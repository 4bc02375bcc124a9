"""The analysis as a Markdown document, in the words of the terminal and without its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Grid, More, Note, Part
from sessiontrace.render.markdown import inline
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sessiontrace.render.analysis.blocks import Block
    from sessiontrace.render.types import Analysis


def render(analysis: Analysis) -> str:
    """Return a heading, what the numbers depend on, and one part per section."""
    words = analysis.meta.get("summary")
    facts = [str(word) for word in words] if isinstance(words, list | tuple) else []
    blocks = ["# Session analysis", *([_joined(facts)] if facts else [])]
    for part in analysis.sections:
        if isinstance(part, Part) and part.blocks:
            blocks += _part(part)
    return "\n\n".join(blocks) + "\n"


def _part(part: Part) -> list[str]:
    texts: list[str] = []
    is_listed = False
    for block in part.blocks:
        text = _block(block)
        if is_listed and isinstance(block, Facts):
            texts[-1] += f"\n{text}"
        else:
            texts.append(text)
        is_listed = isinstance(block, Facts)
    return [f"## {inline(part.heading or part.title)}", *texts]


def _block(block: Block) -> str:
    match block:
        case Facts():
            return f"- {_joined(block.parts)}"
        case Note(is_warning=True):
            return f"> **Note:** {inline(block.text)}"
        case Note():
            return inline(block.text)
        case More():
            return f"{inline(block.what)}: {_code(block.command)}"
        case Grid():
            return _grid(block)


def _grid(block: Grid) -> str:
    whole = len(block.heads)
    lines = [
        _line(head.title for head in block.heads),
        "| " + " | ".join("---" if head.is_text else "---:" for head in block.heads) + " |",
        *(_line((*row, *[""] * (whole - len(row)))) for row in block.rows),
    ]
    text = "\n".join(lines)
    if block.left_out and block.more:
        text += f"\n\n… and {block.left_out:,} more{block.left_out_note}: {_code(block.more)}"
    return text


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(inline(cell).replace("|", "\\|") for cell in cells) + " |"


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(map(inline, parts))


def _code(words: Sequence[str]) -> str:
    text = visible(" ".join(words))
    return inline(text) if "`" in text else f"`{text}`"
