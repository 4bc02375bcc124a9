"""The support bot with the OpenAI Agents SDK; the history is passed from turn to turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents import Agent, OpenAIResponsesModel, RunConfig, Runner, function_tool
from openai_fake import MODEL, async_client

if TYPE_CHECKING:
    from plan import Turn
    from play import Play


class Bot:
    """One agent and the history of each session."""

    def __init__(self, play: Play) -> None:
        @function_tool
        def get_weather(city: str) -> str:
            """Tell the weather."""
            return play.tool("get_weather", city)

        @function_tool
        def lookup_order(order_id: str) -> str:
            """Tell the state of an order."""
            return play.tool("lookup_order", order_id)

        self.agent = Agent(
            name="support",
            model=OpenAIResponsesModel(MODEL, async_client(play)),
            tools=[get_weather, lookup_order],
        )
        self.history: dict[str, list[Any]] = {}

    def ask(self, turn: Turn) -> None:
        """Play one turn; the session is the trace's group."""
        question = {"role": "user", "content": turn.question}
        result = Runner.run_sync(
            self.agent,
            [*self.history.get(turn.session_id, []), question],
            run_config=RunConfig(
                workflow_name="support",
                group_id=turn.session_id,
                trace_metadata={"user_id": turn.user_id},
            ),
        )
        self.history[turn.session_id] = result.to_input_list()
