"""AgentOps SDK: one AgentOps session span per turn, decorated functions, OpenAI instrumented."""

import os
from collections import defaultdict
from typing import Any

import agentops
from agentops.sdk import core
from agentops.sdk.decorators import agent, tool
from openai_fake import answer, client
from plan import SMALL
from play import Play

os.environ["AGENTOPS_LOGGING_TO_FILE"] = "false"
play = Play(__file__, SMALL)
core.AuthenticatedOTLPExporter = lambda **_: play.exporter
agentops.init(
    api_key="00000000-0000-0000-0000-000000000000",
    endpoint="http://127.0.0.1:9",
    auto_start_session=False,
    log_session_replay_url=False,
)
openai = client(play)
history: dict[str, list[Any]] = defaultdict(list)


@tool(name="get_weather")
def get_weather(city: str) -> str:
    """Tell the weather."""
    return play.tool("get_weather", city)


@tool(name="lookup_order")
def lookup_order(order_id: str) -> str:
    """Tell the state of an order."""
    return play.tool("lookup_order", order_id)


def use_tool(name: str, argument: str) -> str:
    """Call the tool of that name."""
    return {"get_weather": get_weather, "lookup_order": lookup_order}[name](argument)


@agent(name="support")
class Support:
    """The support bot."""

    def ask(self, session_id: str, question: str) -> str:
        """Answer one question."""
        return answer(openai, history[session_id], question, use_tool)


for turn in play.turns():
    tags = {"session.id": turn.session_id, "user.id": turn.user_id}
    trace = agentops.start_trace("chat_turn", tags=tags)
    Support().ask(turn.session_id, turn.question)
    agentops.end_trace(trace, end_state="Success")
    core.tracer.provider.force_flush()
play.finish()
