"""OpenAI Agents SDK traced by OpenInference, with and without its session context."""

import sys
from contextlib import nullcontext

from agents import set_trace_processors
from openai_agents_bot import Bot
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor
from plan import SMALL
from play import Play

lost = "--default" in sys.argv
name = "openai_agents_openinference_default" if lost else ""
play = Play(__file__, SMALL, name=name, on_spans=not lost)
set_trace_processors([])
OpenAIAgentsInstrumentor().instrument(tracer_provider=play.provider())
bot = Bot(play)
for turn in play.turns():
    context = using_attributes(session_id=turn.session_id, user_id=turn.user_id)
    with nullcontext() if lost else context:
        bot.ask(turn)
play.finish()
