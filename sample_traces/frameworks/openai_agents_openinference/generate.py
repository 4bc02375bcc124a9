"""OpenAI Agents SDK traced by OpenInference, with and without its session context."""

import sys
from contextlib import nullcontext

from _shared.openai_agents_bot import Bot
from _shared.plan import SHORT, SMALL
from _shared.play import Play
from agents import set_trace_processors
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

lost = "--default" in sys.argv
name = "openai_agents_openinference_default" if lost else ""
play = Play(__file__, SMALL if lost else SHORT, name=name, on_spans=not lost)
set_trace_processors([])
OpenAIAgentsInstrumentor().instrument(tracer_provider=play.provider())
bot = Bot(play)
for turn in play.turns():
    context = using_attributes(session_id=turn.session_id, user_id=turn.user_id)
    with nullcontext() if lost else context:
        bot.ask(turn)
play.finish()
