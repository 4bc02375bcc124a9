"""LangGraph agent traced by OpenInference."""

from _shared.langgraph_bot import ask, support_agent
from _shared.plan import SMALL
from _shared.play import Play
from openinference.instrumentation.langchain import LangChainInstrumentor

play = Play(__file__, SMALL)
LangChainInstrumentor().instrument(tracer_provider=play.provider())
agent = support_agent(play)
for turn in play.turns():
    config = {
        "configurable": {"thread_id": turn.session_id},
        "metadata": {"user_id": turn.user_id},
    }
    ask(agent, turn.question, config)
play.finish()
