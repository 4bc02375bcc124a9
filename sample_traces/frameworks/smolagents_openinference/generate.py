"""smolagents traced by OpenInference; OpenAI's client, one agent per session."""

from openai_fake import MODEL, http, transport
from openinference.instrumentation import using_attributes
from openinference.instrumentation.smolagents import SmolagentsInstrumentor
from plan import SMALL
from play import Play
from smolagents import FinalAnswerTool, OpenAIModel, ToolCallingAgent, tool

play = Play(__file__, SMALL)
SmolagentsInstrumentor().instrument(tracer_provider=play.provider())


class FinalAnswer(FinalAnswerTool):
    """smolagents' tool that ends a run, counted like any other."""

    def forward(self, answer: str) -> str:
        """Return the answer."""
        return play.tool("final_answer", answer)


@tool
def get_weather(city: str) -> str:
    """Tell the weather.

    Args:
        city: the city
    """
    return play.tool("get_weather", city)


@tool
def lookup_order(order_id: str) -> str:
    """Tell the state of an order.

    Args:
        order_id: the order
    """
    return play.tool("lookup_order", order_id)


model = OpenAIModel(
    MODEL,
    api_key="dummy",
    client_kwargs={"http_client": http.Client(transport=transport(play, "final_answer"))},
)
agents: dict[str, ToolCallingAgent] = {}
for turn in play.turns():
    first = turn.session_id not in agents
    if first:
        agent = ToolCallingAgent(
            [get_weather, lookup_order, FinalAnswer()], model, verbosity_level=0
        )
        agent.prompt_templates["system_prompt"] = "Be brief."
        agents[turn.session_id] = agent
    with using_attributes(session_id=turn.session_id, user_id=turn.user_id):
        agents[turn.session_id].run(turn.question, reset=first)
play.finish()
