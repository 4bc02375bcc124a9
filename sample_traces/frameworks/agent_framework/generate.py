"""Microsoft Agent Framework with its own OpenTelemetry spans; OpenAI keeps the conversation."""

import asyncio

from agent_framework import Agent, AgentSession
from agent_framework.observability import enable_instrumentation
from agent_framework.openai import OpenAIChatClient
from openai_fake import MODEL, async_client
from opentelemetry import trace
from plan import SHORT
from play import Play

play = Play(__file__, SHORT, prefix="conv_")
trace.set_tracer_provider(play.provider())
enable_instrumentation(enable_sensitive_data=True)


def get_weather(city: str) -> str:
    """Tell the weather."""
    return play.tool("get_weather", city)


def lookup_order(order_id: str) -> str:
    """Tell the state of an order."""
    return play.tool("lookup_order", order_id)


async def main() -> None:
    """Play all turns."""
    agent = Agent(
        OpenAIChatClient(MODEL, async_client=async_client(play)),
        name="support",
        tools=[get_weather, lookup_order],
    )
    for turn in play.turns():
        session = AgentSession(service_session_id=turn.session_id)
        await agent.run(turn.question, session=session)


asyncio.run(main())
play.finish()
