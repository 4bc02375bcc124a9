"""LangGraph agent traced by OpenInference."""

from langgraph_bot import ask, support_agent
from openinference.instrumentation.langchain import LangChainInstrumentor
from plan import SMALL
from play import Play

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
