"""OpenLIT: its instrumentation of OpenAI's client below own spans for turn and tools."""

from collections import defaultdict
from typing import Any

import openlit
from openai_fake import answer, client
from opentelemetry import trace
from plan import SHORT
from play import Play

play = Play(__file__, SHORT)
trace.set_tracer_provider(play.provider())
openlit.init(
    application_name="openlit",
    disable_metrics=True,
    disable_events=True,
    pricing_json=str(play.folder / "prices.cfg"),
)
tracer = trace.get_tracer("support-bot")
openai = client(play)
history: dict[str, list[Any]] = defaultdict(list)


def use_tool(name: str, argument: str) -> str:
    """Call one tool inside a span of the GenAI conventions."""
    names = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
    with tracer.start_as_current_span(f"execute_tool {name}", attributes=names):
        return play.tool(name, argument)


for turn in play.turns():
    ids = {"session.id": turn.session_id, "user.id": turn.user_id}
    with openlit.using_attributes(ids), tracer.start_as_current_span("chat_turn"):
        answer(openai, history[turn.session_id], turn.question, use_tool)
play.finish()
