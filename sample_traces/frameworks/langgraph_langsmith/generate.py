"""LangGraph agent traced by LangSmith's OpenTelemetry mode."""

import os

from langchain_core.tracers.langchain import LangChainTracer
from langgraph_bot import ask, support_agent
from langsmith import Client
from plan import SMALL
from play import Play

os.environ["LANGSMITH_REVISION_ID"] = "1.4.2"
play = Play(__file__, SMALL)
client = Client(
    api_url="http://127.0.0.1:9",
    api_key="lsv2_dummy",
    tracing_mode="otel",
    otel_tracer_provider=play.provider(),
)
agent = support_agent(play)
for turn in play.turns():
    config = {
        "configurable": {"thread_id": turn.session_id},
        "callbacks": [LangChainTracer(project_name="shop", client=client)],
        "metadata": {"session_id": turn.session_id, "user_id": turn.user_id},
    }
    ask(agent, turn.question, config)
    client.flush()
play.finish()
