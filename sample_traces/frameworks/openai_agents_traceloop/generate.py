"""OpenAI Agents SDK traced by OpenLLMetry (Traceloop); the session travels as OTel baggage."""

from agents import set_trace_processors
from openai_agents_bot import Bot
from opentelemetry import baggage, context
from opentelemetry.instrumentation.openai_agents import OpenAIAgentsInstrumentor
from opentelemetry.processor.baggage import ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor
from plan import SHORT
from play import Play

play = Play(__file__, SHORT)
tracers = play.provider()
tracers.add_span_processor(BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS))
set_trace_processors([])
OpenAIAgentsInstrumentor().instrument(tracer_provider=tracers)
bot = Bot(play)
for turn in play.turns():
    carried = baggage.set_baggage("session.id", turn.session_id)
    token = context.attach(baggage.set_baggage("user.id", turn.user_id, carried))
    bot.ask(turn)
    context.detach(token)
play.finish()
