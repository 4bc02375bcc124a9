"""The support bot as a LangGraph agent with memory, around the fake model."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from langchain import agents
from langchain.agents.middleware import wrap_tool_call
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import BaseTool, tool
from langgraph.checkpoint.memory import InMemorySaver

if TYPE_CHECKING:
    from play import Play


class FakeChat(BaseChatModel):
    """A chat model that answers what the plan says."""

    play: Any
    model_name: str = "fake-1"

    @property
    def _llm_type(self) -> str:
        return "fake-chat"

    def bind_tools(self, *_: Any, **__: Any) -> FakeChat:
        """Need no tools: the plan names them."""
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        call = self.play.answer()
        message = AIMessage(
            call.text,
            tool_calls=[
                {"name": use.name, "args": use.arguments, "id": use.call_id} for use in call.tools
            ],
            usage_metadata={
                "input_tokens": call.input_tokens,
                "output_tokens": call.output_tokens,
                "total_tokens": call.input_tokens + call.output_tokens,
            },
            response_metadata={"model_name": self.model_name},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


@wrap_tool_call
def tell_errors(request: Any, handler: Any) -> Any:
    """Give a tool's exception back to the model, as LangChain's documentation shows."""
    try:
        return handler(request)
    except LookupError as error:
        return ToolMessage(str(error), tool_call_id=request.tool_call["id"], status="error")


def bot_tools(play: Play) -> list[BaseTool]:
    """Return the two tools."""

    @tool
    def get_weather(city: str) -> str:
        """Tell the weather."""
        return play.tool("get_weather", city)

    @tool
    def lookup_order(order_id: str) -> str:
        """Tell the state of an order."""
        return play.tool("lookup_order", order_id)

    return [get_weather, lookup_order]


def support_agent(play: Play, *, handle_errors: bool = True) -> Any:
    """Return the agent; without error handling a tool's exception ends the run."""
    return agents.create_agent(
        FakeChat(play=play),
        bot_tools(play),
        middleware=[tell_errors] if handle_errors else [],
        checkpointer=InMemorySaver(),
        name="support",
    )


def ask(agent: Any, question: str, config: dict[str, Any]) -> None:
    """Play one turn."""
    with contextlib.suppress(LookupError):
        agent.invoke({"messages": [("user", question)]}, config=config)
