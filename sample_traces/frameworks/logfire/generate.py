"""Logfire SDK with its instrumentation of OpenAI's client; spans go to a second processor."""

from collections import defaultdict
from typing import Any

import logfire
from openai_fake import answer, client
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from plan import SMALL
from play import Play

play = Play(__file__, SMALL)
logfire.configure(
    send_to_logfire=False,
    console=False,
    service_name="logfire",
    advanced=logfire.AdvancedOptions(ns_timestamp_generator=play.clock.time_ns),
    additional_span_processors=[SimpleSpanProcessor(play.exporter)],
)
openai = client(play)
logfire.instrument_openai(openai)
history: dict[str, list[Any]] = defaultdict(list)


def use_tool(name: str, argument: str) -> str:
    """Call one tool inside a span."""
    names = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
    with logfire.span("running tool {name}", name=name, **names):
        return play.tool(name, argument)


for turn in play.turns():
    ids = {"session.id": turn.session_id, "gen_ai.conversation.id": turn.session_id}
    with logfire.span("chat turn", **ids, **{"user.id": turn.user_id}):
        answer(openai, history[turn.session_id], turn.question, use_tool)
play.finish()
