"""LangGraph agent traced by the Langfuse callback handler."""

from langfuse import Langfuse
from langfuse.langchain import CallbackHandler
from langgraph_bot import ask, support_agent
from plan import SMALL
from play import Play

play = Play(__file__, SMALL)
langfuse = Langfuse(
    public_key="pk-lf-dummy",
    secret_key="sk-lf-dummy",
    base_url="http://127.0.0.1:9",
    span_exporter=play.exporter,
)
agent = support_agent(play)
for turn in play.turns():
    config = {
        "configurable": {"thread_id": turn.session_id},
        "callbacks": [CallbackHandler()],
        "metadata": {
            "langfuse_session_id": turn.session_id,
            "langfuse_user_id": turn.user_id,
            "turn_number": turn.number,
        },
    }
    ask(agent, turn.question, config)
    langfuse.flush()
play.finish()
