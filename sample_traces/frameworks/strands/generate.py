"""Strands Agents with its own OpenTelemetry spans; one agent per session."""

import json
from collections.abc import AsyncGenerator
from typing import Any

from opentelemetry import trace
from plan import SMALL
from play import Play
from strands import Agent, tool
from strands.models import Model

play = Play(__file__, SMALL)
trace.set_tracer_provider(play.provider())


class FakeModel(Model):
    """Answer what the plan says."""

    def update_config(self, **_: Any) -> None:
        """Need no configuration."""

    def get_config(self) -> dict[str, str]:
        """Name the model."""
        return {"model_id": "fake-1"}

    def structured_output(self, *_: Any, **__: Any) -> Any:
        """Not used here."""
        raise NotImplementedError

    async def stream(self, *_: Any, **__: Any) -> AsyncGenerator[Any, None]:
        """Yield the events of one answer."""
        call = play.answer()
        yield {"messageStart": {"role": "assistant"}}
        for use in call.tools:
            start = {"toolUse": {"name": use.name, "toolUseId": use.call_id}}
            yield {"contentBlockStart": {"start": start}}
            delta = {"toolUse": {"input": json.dumps(use.arguments)}}
            yield {"contentBlockDelta": {"delta": delta}}
            yield {"contentBlockStop": {}}
        if not call.tools:
            yield {"contentBlockStart": {"start": {}}}
            yield {"contentBlockDelta": {"delta": {"text": call.text}}}
            yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": "tool_use" if call.tools else "end_turn"}}
        usage = {
            "inputTokens": call.input_tokens,
            "outputTokens": call.output_tokens,
            "totalTokens": call.input_tokens + call.output_tokens,
        }
        yield {"metadata": {"usage": usage, "metrics": {"latencyMs": call.latency_ns // 1_000_000}}}


@tool
def get_weather(city: str) -> str:
    """Tell the weather."""
    return play.tool("get_weather", city)


@tool
def lookup_order(order_id: str) -> str:
    """Tell the state of an order."""
    return play.tool("lookup_order", order_id)


agents: dict[str, Agent] = {}
for turn in play.turns():
    if turn.session_id not in agents:
        agents[turn.session_id] = Agent(
            name="support",
            model=FakeModel(),
            tools=[get_weather, lookup_order],
            callback_handler=None,
            trace_attributes={"session.id": turn.session_id, "user.id": turn.user_id},
        )
    agents[turn.session_id](turn.question)
play.finish()
