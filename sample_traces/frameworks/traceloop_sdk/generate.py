"""Traceloop SDK: decorated functions around an instrumented OpenAI client."""

from collections import defaultdict
from typing import Any

from openai_fake import answer, client
from plan import SHORT
from play import Play
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import agent, tool, workflow
from traceloop.sdk.tracing.tracing import set_conversation_id

play = Play(__file__, SHORT)
Traceloop.init(
    app_name="traceloop-sdk",
    exporter=play.exporter,
    disable_batch=True,
    telemetry_enabled=False,
)
openai = client(play)
history: dict[str, list[Any]] = defaultdict(list)


@tool(name="get_weather")
def get_weather(city: str) -> str:
    """Tell the weather."""
    return play.tool("get_weather", city)


@tool(name="lookup_order")
def lookup_order(order_id: str) -> str:
    """Tell the state of an order."""
    return play.tool("lookup_order", order_id)


def use_tool(name: str, argument: str) -> str:
    """Call the tool of that name."""
    return {"get_weather": get_weather, "lookup_order": lookup_order}[name](argument)


@agent(name="support")
def support(session_id: str, question: str) -> str:
    """Answer one question."""
    return answer(openai, history[session_id], question, use_tool)


@workflow(name="chat_turn")
def chat_turn(session_id: str, question: str) -> str:
    """Be the root of one turn."""
    return support(session_id, question)


for turn in play.turns():
    Traceloop.set_association_properties({"session_id": turn.session_id, "user_id": turn.user_id})
    set_conversation_id(f"{turn.session_id}-chat")
    chat_turn(turn.session_id, turn.question)
play.finish()
