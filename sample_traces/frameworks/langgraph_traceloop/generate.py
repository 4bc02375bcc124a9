"""LangGraph agent traced by the OpenLLMetry (Traceloop) instrumentation."""

from langgraph_bot import ask, support_agent
from opentelemetry.instrumentation.langchain import LangchainInstrumentor
from plan import CRASH
from play import Play

play = Play(__file__, CRASH)
LangchainInstrumentor().instrument(tracer_provider=play.provider())
agent = support_agent(play, handle_errors=False)
for turn in play.turns():
    config = {
        "configurable": {"thread_id": turn.session_id},
        "metadata": {"user_id": turn.user_id},
    }
    ask(agent, turn.question, config)
play.finish()
