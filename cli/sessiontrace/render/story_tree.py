"""The timeline of a session as a tree: lines on a terminal, indentation in a pipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from sessiontrace.render.story import Facts, Story, facts
from sessiontrace.render.story_header import (
    count,
    end_text,
    header_lines,
    joined,
    last_text,
    wrapped,
)
from sessiontrace.render.types import Screen
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BOLD, _DIM, _RED, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[0m"
_LABEL = 10  # terminal columns of the labels above the tree
_KINDS = {"agent": "agent", "llm": "model", "tool": "tool"}
_HANGING = 3  # terminal columns by which further lines of a text are indented
_ASCII = str.maketrans(
    {"·": "-", "→": "->", "–": "-", "…": "...", "├": "|", "└": "`", "│": "|", "─": "-"}
)
_NARROWEST = 30  # a deep tree leaves its lines at least this many columns


@dataclass(slots=True)
class _Node:
    text: str
    style: str = ""
    below: list[_Node] = field(default_factory=list)


def render(story: Story, screen: Screen | None = None) -> str:
    """Return the header and the tree."""
    screen = screen or Screen()
    session = next(facts(story.header))
    lines = [_styled(f"Session {session.text('session_id')}", _BOLD, screen)]
    for label, text in header_lines(story):
        shown = label
        for piece in wrapped(visible(text), screen.width - _LABEL - 2):
            lines.append(f"  {_styled(shown.ljust(_LABEL), _DIM, screen)}{piece}")
            shown = ""
    lines.append("")
    lines += _drawn(_timeline(story), screen)
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    return text if screen.is_unicode else _ascii(text)


# -- what the tree holds ---------------------------------------------------------------------------


def _timeline(story: Story) -> list[_Node]:
    by_turn: dict[object, list[_Node]] = {}
    for turn_index, node in _steps(story):
        by_turn.setdefault(turn_index, []).append(node)
    turns = _turns(story, by_turn)
    nodes = _in_conversations(story, turns) if _has_conversations(story) else [n for _, n in turns]
    outside = by_turn.get(None, [])
    if outside:
        nodes.append(_Node("outside of turns", _DIM, outside))
    session = next(facts(story.header))
    last = session.text("last_turn_index")
    where = f" after turn {last}" if last else ""
    nodes.append(_Node(joined(f"end{where}: {end_text(session)}", last_text(session)), _BOLD))
    return nodes


def _has_conversations(story: Story) -> bool:
    found = list(facts(story.conversations))
    return len(found) > 1 or any(each.value("is_declared") for each in found)


def _in_conversations(story: Story, turns: Sequence[tuple[Facts, _Node]]) -> list[_Node]:
    """A conversation stands where its first turn does; a turn without one stands alone."""
    heads = {each.value("conversation_id"): each for each in facts(story.conversations)}
    placed: dict[object, _Node] = {}
    nodes: list[_Node] = []
    for turn, node in turns:
        name = turn.value("conversation_id")
        if name in heads and name not in placed:
            placed[name] = _Node(_conversation(heads[name]), _BOLD)
            nodes.append(placed[name])
        (placed[name].below if name in placed else nodes).append(node)
    empty = (head for name, head in heads.items() if name not in placed)
    return nodes + [
        _Node(_conversation(each), _BOLD) for each in empty if each.value("is_declared")
    ]


def _conversation(head: Facts) -> str:
    prunes = head.value("prunes")
    return joined(
        f"conversation {head.text('conversation_id')}",
        head.text("topic"),
        count(head.value("turns"), "turn"),
        f"context up to {head.text('max_context_share')}" if head.text("max_context_share") else "",
        count(prunes, "prune") if prunes else "",
        f"{head.text('messages_pruned')} messages pruned" if head.value("messages_pruned") else "",
    )


def _turns(story: Story, steps: dict[object, list[_Node]]) -> list[tuple[Facts, _Node]]:
    found = []
    day: date | None = None
    for turn in facts(story.turns):
        start = turn.value("start_time")
        clock = ""
        if isinstance(start, datetime):
            clock = f"{start:%H:%M:%S}" if start.date() == day else f"{start:%Y-%m-%d %H:%M:%S}"
            day = start.date()
        node = _Node(
            _turn(turn, clock),
            _RED if turn.value("is_error") else "",
            steps.get(turn.value("turn_index"), []),
        )
        found.append((turn, node))
    return found


def _turn(turn: Facts, clock: str) -> str:
    gap = turn.text("gap_ms")
    number = turn.text("turn_index")
    asked, answered = turn.text("intent"), turn.text("agent_action")
    return joined(
        f"turn {number}",
        clock + (f" ({gap} later)" if gap and turn.number("gap_ms") >= 0 else ""),
        "interrupts the one before" if turn.number("gap_ms") < 0 else "",
        " → ".join(each for each in (asked, answered) if each),
        f"took {turn.text('duration_ms')}" if turn.text("duration_ms") else "",
        _tokens(turn),
        turn.text("cost_usd"),
        f"context {turn.text('context_share')}" if turn.text("context_share") else "",
        "pruned" if turn.value("context_pruned") else "",
        f"stage {turn.text('journey_stage')}" if turn.text("journey_stage") else "",
        _failure(turn),
    )


def _tokens(each: Facts) -> str:
    given, made = each.text("input_tokens"), each.text("output_tokens")
    return f"{given or '–'} in, {made or '–'} out" if given or made else ""


def _failure(each: Facts) -> str:
    if not each.value("is_error"):
        return ""
    error = each.text("error_type")
    return f"failed: {error}" if error else "failed"


def _steps(story: Story) -> Iterator[tuple[object, _Node]]:
    """Yield the topmost steps with their turn; what is below hangs on them."""
    nodes: dict[tuple[object, object], tuple[object, _Node]] = {}
    steps = list(facts(story.steps))
    for step in steps:
        node = _Node(_step(step), _RED if step.value("is_error") else "")
        key = (step.value("trace_id"), step.value("span_id"))
        nodes[key] = (step.value("turn_index"), node)
    for step in steps:
        turn_index, node = nodes[step.value("trace_id"), step.value("span_id")]
        above = nodes.get((step.value("trace_id"), step.value("above_span_id")))
        if above is None or above[0] != turn_index:
            yield turn_index, node
        else:
            above[1].below.append(node)


def _step(step: Facts) -> str:
    kind = _KINDS.get(step.text("kind"), "span")
    is_repeated = step.value("is_counted") is False and step.text("input_tokens")
    return joined(
        f"{kind} {step.text('name')}",
        step.text("duration_ms"),
        _tokens(step) + (" (counted below)" if is_repeated else ""),
        step.text("cost_usd"),
        step.text("finish_reason"),
        _failure(step),
    )


# -- how it is drawn -------------------------------------------------------------------------------


def _drawn(nodes: Sequence[_Node], screen: Screen, indent: str = "") -> Iterator[str]:
    for node in nodes:
        is_last = node is nodes[-1]
        if screen.is_terminal:
            first, further = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
        else:
            first, further = "  ", "  "
        bar = indent + first
        width = max(screen.width - len(bar) - _HANGING, _NARROWEST)
        for piece in wrapped(visible(node.text), width):
            yield _styled(bar, _DIM, screen) + _styled(piece, node.style, screen)
            inner = "│" if screen.is_terminal and node.below else ""
            bar = indent + further + inner.ljust(_HANGING)
        yield from _drawn(node.below, screen, indent + further)


def _styled(text: str, style: str, screen: Screen) -> str:
    return f"{style}{text}{_RESET}" if style and text.strip() and screen.is_coloured else text


def _ascii(text: str) -> str:
    return text.translate(_ASCII)
