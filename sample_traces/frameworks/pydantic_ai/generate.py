"""Pydantic AI with its own instrumentation; the message history is passed from turn to turn."""

from typing import Any

from plan import SMALL
from play import Play
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    ModelResponsePart,
    TextPart,
    ToolCallPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.usage import RequestUsage

play = Play(__file__, SMALL)
Agent.instrument_all(InstrumentationSettings(tracer_provider=play.provider()))


def fake(_: list[ModelMessage], __: AgentInfo) -> ModelResponse:
    """Answer what the plan says."""
    call = play.answer()
    parts: list[ModelResponsePart] = [
        ToolCallPart(use.name, use.arguments, use.call_id) for use in call.tools
    ]
    return ModelResponse(
        parts=parts or [TextPart(call.text)],
        usage=RequestUsage(input_tokens=call.input_tokens, output_tokens=call.output_tokens),
        model_name="fake-1",
    )


agent = Agent(FunctionModel(fake, model_name="fake-1"), name="support", retries=2)


@agent.tool_plain
def get_weather(city: str) -> str:
    """Tell the weather."""
    return play.tool("get_weather", city)


@agent.tool_plain
def lookup_order(order_id: str) -> str:
    """Tell the state of an order."""
    try:
        return play.tool("lookup_order", order_id)
    except LookupError as error:
        raise ModelRetry(str(error)) from error


history: dict[str, list[Any]] = {}
for turn in play.turns():
    result = agent.run_sync(
        turn.question,
        message_history=history.get(turn.session_id),
        conversation_id=turn.session_id,
        metadata={"user_id": turn.user_id},
    )
    history[turn.session_id] = result.all_messages()
play.finish()
