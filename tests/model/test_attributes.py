"""Each of the convention's 61 attributes: the column it lands in, and the answer that shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.model.exports import Span, opened, write

from sessiontrace.catalog import queries_root
from sessiontrace.mask import mask_value
from sessiontrace.registry import Registry
from sessiontrace.render.story import render_json
from sessiontrace.reporting.story import story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sessiontrace.workspace import Workspace


@dataclass(frozen=True)
class Landing:
    """A value, the `table.column` it is in, and the `list.member` of a session that shows it.

    A fact beside its neighbour (`declared.turns`) is told by its aspect. `at` says which span of
    the export carries it.
    """

    value: object
    column: str
    shown: str
    at: str = "turn"


START, END = "2026-03-02T11:59:58", "2026-03-02T12:07:09"
SESSION, CONVERSATION = "session-one", "conversation-one"
# Where two keys say one thing, each stands on a turn of its own.
LANDINGS: dict[str, Landing] = {
    "session.id": Landing(SESSION, "sessions.session_id", "session.session_id"),
    "session.start_time": Landing(START, "sessions.declared_start_time", "declared.start", "start"),
    "session.type": Landing("chat", "sessions.type", "session.type"),
    "session.channel": Landing("channel-x", "sessions.channel", "session.channel"),
    "session.client_version": Landing("9.8.7", "sessions.client_version", "session.client_version"),
    "session.locale": Landing("pt-BR", "sessions.locale", "session.locale"),
    "session.end_reason": Landing("reason-x", "sessions.end_reason", "session.end_reason", "end"),
    "session.end_time": Landing(END, "sessions.declared_end_time", "declared.end", "end"),
    "session.duration_ms": Landing(
        431_001, "sessions.declared_duration_ms", "declared.duration", "end"
    ),
    "session.total_turns": Landing(17, "sessions.declared_total_turns", "declared.turns", "end"),
    "session.total_tokens": Landing(
        18_001, "sessions.declared_total_tokens", "declared.tokens", "end"
    ),
    "session.total_cost_usd": Landing(
        0.1875, "sessions.declared_total_cost_usd", "declared.cost", "end"
    ),
    "session.inactive_timeout": Landing(
        True,
        "sessions.declared_inactive_timeout",
        "session.declared_inactive_timeout",
        "end",
    ),
    "session.idle_time_ms": Landing(
        600_007,
        "sessions.declared_idle_time_ms",
        "declared.idle time before the timeout",
        "end",
    ),
    "session.avg_turn_latency_ms": Landing(
        2501.5,
        "sessions.declared_avg_turn_latency_ms",
        "declared.mean latency of a turn",
        "end",
    ),
    "session.avg_turn_tokens": Landing(
        851.5, "sessions.declared_avg_turn_tokens", "declared.mean tokens of a turn", "end"
    ),
    "session.user_satisfaction": Landing(
        0.8125, "sessions.satisfaction", "session.satisfaction", "end"
    ),
    "user.id": Landing("dana@example.org", "users.user_id", "session.user_id"),
    "user.tier": Landing("tier-x", "sessions.tier", "session.tier"),
    "user.org_id": Landing("org-x", "sessions.org_id", "session.org_id"),
    "user.sessions_total": Landing(
        19, "users.declared_sessions_total", "session.declared_user_sessions", "end"
    ),
    "user.avg_session_length": Landing(
        8.25, "users.declared_avg_session_length", "session.declared_user_session_length", "end"
    ),
    "user.retention_days": Landing(
        30.5, "users.declared_retention_days", "session.declared_user_retention_days", "end"
    ),
    "conversation.id": Landing(
        CONVERSATION, "conversations.conversation_id", "conversations.conversation_id"
    ),
    "conversation.session_id": Landing(
        "session-two", "conversations.declared_session_id", "conversations.declared_session_id"
    ),
    "conversation.topic": Landing("topic-x", "conversations.topic", "conversations.topic"),
    "conversation.turn_number": Landing(
        21, "turns.turn_number_declared", "turns.turn_number_declared"
    ),
    "conversation.total_turns": Landing(
        22, "conversations.declared_turns", "conversations.declared_turns"
    ),
    "conversation.messages_in_context": Landing(
        23, "turns.messages_in_context", "turns.messages_in_context"
    ),
    "conversation.context_tokens": Landing(4501, "turns.context_tokens", "turns.context_tokens"),
    "conversation.context_window_pct": Landing(
        0.15625, "turns.context_share", "turns.context_share"
    ),
    "context.current_tokens": Landing(
        4603, "turns.context_current_tokens", "turns.context_current_tokens", "context"
    ),
    "context.new_tokens": Landing(
        604, "turns.context_new_tokens", "turns.context_new_tokens", "context"
    ),
    "context.limit": Landing(32_005, "turns.context_limit", "turns.context_limit", "context"),
    "context.pruned": Landing(True, "turns.context_pruned", "turns.context_pruned", "context"),
    "context.messages_pruned": Landing(
        6, "turns.messages_pruned", "turns.messages_pruned", "context"
    ),
    "context.tokens": Landing(4702, "turns.context_tokens", "turns.context_tokens", "second"),
    "turn.id": Landing("turn-x", "turns.turn_id", "turns.turn_id"),
    "turn.number": Landing(
        24, "turns.turn_number_declared", "turns.turn_number_declared", "second"
    ),
    "turn.role": Landing("assistant", "turns.roles", "turns.roles"),
    "turn.input_length": Landing(151, "turns.input_length", "turns.input_length"),
    "turn.input_type": Landing("question-x", "turns.input_type", "turns.input_type"),
    "turn.has_attachments": Landing(True, "turns.has_attachments", "turns.has_attachments"),
    "turn.output_length": Landing(501, "turns.output_length", "turns.output_length"),
    "turn.output_type": Landing("answer-x", "turns.output_type", "turns.output_type"),
    "turn.agent_runs": Landing(3, "turns.declared_agent_runs", "turns.declared_agent_runs"),
    "turn.tool_calls": Landing(4, "turns.declared_tool_calls", "turns.declared_tool_calls"),
    "turn.latency_ms": Landing(2502.5, "turns.declared_latency_ms", "turns.declared_latency_ms"),
    "journey.name": Landing("journey-x", "journey_stages.journey", "stages.journey"),
    "journey.stage": Landing("stage-x", "journey_stages.stage", "stages.stage"),
    "journey.stage_number": Landing(7, "journey_stages.stage_number", "stages.stage_number"),
    "journey.total_stages": Landing(8, "journey_stages.total_stages", "stages.total_stages"),
    "journey.time_in_stage_ms": Landing(
        45_001, "journey_stages.time_in_stage_ms", "stages.time_in_stage_ms"
    ),
    "journey.converted": Landing(True, "journey_stages.is_converted", "stages.is_converted"),
    "journey.conversion_turn": Landing(
        9, "journey_stages.declared_conversion_turn", "stages.declared_conversion_turn"
    ),
    "journey.conversion_time_ms": Landing(
        180_001, "journey_stages.declared_conversion_time_ms", "stages.declared_conversion_time_ms"
    ),
    "dropoff.detected": Landing(
        True, "sessions.declared_dropoff", "session.declared_dropoff", "end"
    ),
    "dropoff.last_turn": Landing(
        10, "sessions.declared_dropoff_last_turn", "declared.last turn", "end"
    ),
    "dropoff.last_intent": Landing(
        "intent-x", "sessions.declared_dropoff_last_intent", "declared.last intent", "end"
    ),
    "dropoff.agent_last_action": Landing(
        "action-x", "sessions.declared_dropoff_last_action", "declared.last action", "end"
    ),
    "dropoff.time_since_last_turn_ms": Landing(
        300_009,
        "sessions.declared_dropoff_time_since_last_turn_ms",
        "declared.time since the last turn",
        "end",
    ),
}
EVERYWHERE = {"session.id": SESSION, "user.id": "dana@example.org"}


def planted(at: str) -> dict[str, object]:
    """The attributes that stand on one span."""
    return {key: landing.value for key, landing in LANDINGS.items() if landing.at == at}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    spans = [
        Span(1, 1, "session.start", {**EVERYWHERE, **planted("start")}),
        Span(2, 1, "conversation.turn", planted("turn"), start=10, seconds=5),
        Span(2, 2, "conversation.manage_context", planted("context"), parent=1, start=11),
        Span(3, 1, "conversation.turn", {**EVERYWHERE, **planted("second")}, start=60),
        Span(4, 1, "session.end", {**EVERYWHERE, **planted("end")}, start=430),
    ]
    with opened(write(tmp_path_factory.mktemp("attributes"), spans)) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def told(workspace: Workspace) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render_json(story(workspace, SESSION)))
    return document


def test_the_table_above_holds_every_attribute_of_the_convention() -> None:
    registry = Registry.load(queries_root() / "registry")
    assert set(LANDINGS) == {each.convention for each in registry.attributes if each.convention}
    assert len(LANDINGS) == 61


@pytest.mark.parametrize("key", LANDINGS)
def test_an_attribute_lands_in_its_column(workspace: Workspace, key: str) -> None:
    table, column = LANDINGS[key].column.split(".")
    values = [row[0] for row in workspace.rows(f'select "{column}" from "{table}"')]
    assert _plain(LANDINGS[key].value) in [_plain(value) for value in values]


@pytest.mark.parametrize("key", LANDINGS)
def test_an_attribute_is_shown_with_its_session(told: dict[str, Any], key: str) -> None:
    part, member = LANDINGS[key].shown.split(".")
    wanted = LANDINGS[key].value
    if key == "user.id":
        wanted = mask_value(str(wanted))
    rows = told[part] if isinstance(told[part], list) else [told[part]]
    if part == "declared":
        rows = [row for row in rows if row["aspect"] == member]
        found = [value for row in rows for value in (row["declared"], row["declared_text"])]
    else:
        found = [row[member] for row in rows]
    if key in ("session.start_time", "session.end_time"):
        wanted = _seconds(str(wanted))
    assert wanted in found


def _plain(value: object) -> str:
    """A value as text; times as the export writes them, numbers by their size."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return repr(float(value))
    return str(value).replace(" ", "T") if str(value)[:4].isdigit() else str(value)


def _seconds(text: str) -> float:
    from datetime import UTC, datetime

    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
