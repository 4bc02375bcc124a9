"""`sessiontrace session`: what is told of one session, and how it is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.model.exports import Span, opened, write

from sessiontrace.errors import UsageError
from sessiontrace.render.story import Story, render_json
from sessiontrace.render.story_tree import render
from sessiontrace.render.types import Screen
from sessiontrace.reporting.story import story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sessiontrace.workspace import Workspace

SESSION = {"session.id": "order-77", "user.id": "mia.long@example.org"}
CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "tiny"}
SECRET = "my card is 4711"  # noqa: S105 (what nobody may see)


def usage(given: int, made: int) -> dict[str, int]:
    return {"gen_ai.usage.input_tokens": given, "gen_ai.usage.output_tokens": made}


def agent(name: str) -> dict[str, str]:
    return {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name}


SPANS = [
    Span(1, 1, "conversation.turn", {**SESSION, "conversation.id": "a", "turn.number": 1}),
    Span(1, 2, "invoke", {**agent("desk"), **usage(30, 7)}, parent=1, seconds=0.9),
    Span(1, 3, "graph node", parent=2, seconds=0.8),
    Span(1, 4, "invoke", agent("helper"), parent=3, seconds=0.7),
    Span(1, 5, "chat", {**CALL, **usage(30, 7), "gen_ai.prompt": SECRET}, parent=4, seconds=0.5),
    Span(2, 1, "conversation.turn", {**SESSION, "conversation.id": "b"}, start=60, seconds=3),
    Span(
        2,
        2,
        "execute_tool",
        {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "pay\x1b[31m"},
        parent=1,
        start=61,
        failed=True,
    ),
    Span(3, 1, "conversation.turn", {**SESSION, "conversation.id": "a"}, start=61.5, failed=True),
    Span(
        4,
        1,
        "session.end",
        {**SESSION, "session.end_reason": "error", "session.total_turns": 9},
        start=70,
    ),
    Span(5, 1, "create title", {"session.id": "order-7"}, start=80),
    Span(5, 2, "chat", CALL, parent=1, start=80),
    Span(6, 1, "create_agent", {"session.id": "order-78"}, start=90),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with opened(write(tmp_path_factory.mktemp("story"), SPANS)) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def told(workspace: Workspace) -> Story:
    return story(workspace, "order-77")


def test_a_session_is_told_from_its_header_to_its_end(told: Story) -> None:
    text = render(told)
    order = [
        "Session order-77",
        "m…@e….org",
        "3 turns · 1 agent run · 1 model call · 1 tool call (1 failed)",
        "end       error (end reason error) · dropped",
        "declared  turns 9, observed 3",
        "conversation a · 2 turns",
        "turn 1 · 2026-03-02 12:00:00",
        "agent desk · 900 ms",
        "agent invoke · 700 ms",
        "model tiny · 500 ms · 30 in, 7 out",
        "turn 3 · 12:01:01 · interrupts the one before",
        "conversation b · 1 turn",
        "turn 2 · 12:01:00 (59.0 s later)",
        "tool pay · 1.0 s · failed",
        "end after turn 3: error",
    ]
    places = [text.find(each) for each in order]
    assert -1 not in places, [each for each, at in zip(order, places, strict=True) if at < 0]
    assert places == sorted(places)


def test_what_is_below_a_left_out_span_hangs_on_the_step_above_it(told: Story) -> None:
    lines = render(told, Screen(is_terminal=True)).splitlines()
    depth = {
        name: next(line.index(name) for line in lines if name in line)
        for name in ("turn 1", "agent desk", "agent invoke", "model tiny")
    }
    assert list(depth.values()) == [6, 9, 12, 15]
    assert not any("graph node" in line for line in lines)


def test_neither_content_nor_persons_nor_escape_sequences_are_shown(told: Story) -> None:
    for text in (render(told), render(told, Screen(is_terminal=True)), render_json(told)):
        assert SECRET not in text
        assert "mia.long" not in text
        assert "\x1b" not in text


@pytest.mark.parametrize("width", [80, 100, 140])
def test_lines_fit_the_screen(told: Story, width: int) -> None:
    for screen in (Screen(width=width), Screen(width=width, is_terminal=True)):
        assert max(map(len, render(told, screen).splitlines())) <= width


def test_colours_only_where_they_are_welcome(told: Story) -> None:
    plain = render(told, Screen(is_terminal=True))
    coloured = render(told, Screen(is_terminal=True, is_coloured=True))
    assert "\x1b[1m" in coloured
    assert "├─ " in plain and "├" not in render(told)
    assert render(told, Screen(is_unicode=False)).isascii()


def test_json_holds_every_report_of_the_session(told: Story) -> None:
    document = json.loads(render_json(told))
    assert document["schema_version"] == 1
    assert document["session"]["end_state"] == "error"
    assert [turn["turn_index"] for turn in document["turns"]] == [1, 2, 3]
    steps = {step["name"]: step for step in document["steps"]}
    assert steps["tiny"]["above_span_id"] == steps["invoke"]["span_id"]
    assert steps["desk"]["above_span_id"] is None
    assert [each["aspect"] for each in document["declared"]] == ["turns"]
    assert [each["conversation_id"] for each in document["conversations"]] == ["a", "b"]


def test_steps_outside_of_turns_are_not_lost(workspace: Workspace) -> None:
    text = render(story(workspace, "order-7"))
    assert "outside of turns\n    model tiny · 1.0 s\n" in text


def test_the_beginning_of_an_id_is_enough_if_no_other_begins_so(workspace: Workspace) -> None:
    assert story(workspace, "order-78").header.rows[0][0] == "order-78"
    assert story(workspace, "order-7").header.rows[0][0] == "order-7"
    with pytest.raises(UsageError, match="3 sessions begin with 'ord'") as caught:
        story(workspace, "ord")
    assert caught.value.hint == "give more of the id: order-7, order-77, order-78"


def test_an_unknown_id_names_the_nearest(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="there is no session 'odrer-77'") as caught:
        story(workspace, "odrer-77")
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("did you mean order-77 or ")
