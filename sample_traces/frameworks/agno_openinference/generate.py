"""Agno traced by OpenInference; Agno itself knows session and user."""

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from openai_fake import MODEL, client
from openinference.instrumentation.agno import AgnoInstrumentor
from plan import SHORT
from play import Play

play = Play(__file__, SHORT)
AgnoInstrumentor().instrument(tracer_provider=play.provider())


def get_weather(city: str) -> str:
    """Tell the weather."""
    return play.tool("get_weather", city)


def lookup_order(order_id: str) -> str:
    """Tell the state of an order."""
    return play.tool("lookup_order", order_id)


agent = Agent(
    name="support",
    model=OpenAIChat(id=MODEL, client=client(play)),
    tools=[get_weather, lookup_order],
    telemetry=False,
)
for turn in play.turns():
    agent.run(turn.question, session_id=turn.session_id, user_id=turn.user_id)
play.finish()
