"""CrewAI traced by OpenInference: one crew kickoff per turn."""

from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool
from openai_fake import MODEL, client
from openinference.instrumentation import using_attributes
from openinference.instrumentation.crewai import CrewAIInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor
from plan import SMALL
from play import Play

play = Play(__file__, SMALL)
tracers = play.provider()
CrewAIInstrumentor().instrument(tracer_provider=tracers)
OpenAIInstrumentor().instrument(tracer_provider=tracers)
llm = LLM(model=f"openai/{MODEL}", api_key="dummy")
llm._client = client(play)


@tool
def get_weather(city: str) -> str:
    """Tell the weather."""
    return play.tool("get_weather", city)


@tool
def lookup_order(order_id: str) -> str:
    """Tell the state of an order."""
    return play.tool("lookup_order", order_id)


for turn in play.turns():
    agent = Agent(
        role="support",
        goal="Help the customer",
        backstory="You are brief.",
        llm=llm,
        tools=[get_weather, lookup_order],
        cache=False,
    )
    task = Task(description=turn.question, expected_output="A short answer", agent=agent)
    with using_attributes(session_id=turn.session_id, user_id=turn.user_id):
        Crew(agents=[agent], tasks=[task], name="support").kickoff()
play.finish()
