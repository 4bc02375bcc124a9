"""Plain OpenTelemetry: own spans for turn and tools, OTel's instrumentation of OpenAI's client."""

from collections import defaultdict
from typing import Any

from openai_fake import answer, client
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.trace import SpanKind
from play import Play

play = Play(__file__)
tracers = play.provider()
OpenAIInstrumentor().instrument(tracer_provider=tracers)
tracer = tracers.get_tracer("support-bot")
openai = client(play)
history: dict[str, list[Any]] = defaultdict(list)


def use_tool(name: str, argument: str) -> str:
    """Call one tool inside a span of the GenAI conventions."""
    attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
    with tracer.start_as_current_span(f"execute_tool {name}", attributes=attributes):
        return play.tool(name, argument)


for turn in play.turns():
    root = {"http.route": "/chat", "session.id": turn.session_id, "user.id": turn.user_id}
    with tracer.start_as_current_span("POST /chat", kind=SpanKind.SERVER, attributes=root):
        answer(openai, history[turn.session_id], turn.question, use_tool)
play.finish()
