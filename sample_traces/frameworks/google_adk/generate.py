"""Google ADK with its own OpenTelemetry spans."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from google.adk.agents import LlmAgent
from google.adk.models import BaseLlm, LlmRequest, LlmResponse
from google.adk.runners import Runner
from google.adk.sessions import InMemorySessionService
from google.genai import types
from opentelemetry import trace
from plan import SHORT
from play import Play

play = Play(__file__, SHORT)
trace.set_tracer_provider(play.provider())


class FakeLlm(BaseLlm):
    """Answer what the plan says."""

    async def generate_content_async(
        self, _: LlmRequest, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        """Yield the one answer."""
        call = play.answer()
        parts = [
            types.Part(
                function_call=types.FunctionCall(id=u.call_id, name=u.name, args=u.arguments)
            )
            for u in call.tools
        ]
        yield LlmResponse(
            content=types.Content(role="model", parts=parts or [types.Part(text=call.text)]),
            usage_metadata=types.GenerateContentResponseUsageMetadata(
                prompt_token_count=call.input_tokens,
                candidates_token_count=call.output_tokens,
                total_token_count=call.input_tokens + call.output_tokens,
            ),
        )


def get_weather(city: str) -> str:
    """Tell the weather."""
    return play.tool("get_weather", city)


def lookup_order(order_id: str) -> str:
    """Tell the state of an order."""
    return play.tool("lookup_order", order_id)


def tell_error(*_: Any, error: Exception, **__: Any) -> dict[str, str]:
    """Give a tool's exception back to the model."""
    return {"error": str(error)}


async def main() -> None:
    """Play all turns."""
    agent = LlmAgent(
        name="support",
        model=FakeLlm(model="fake-1"),
        tools=[get_weather, lookup_order],
        on_tool_error_callback=tell_error,
    )
    runner = Runner(app_name="shop", agent=agent, session_service=InMemorySessionService())
    for turn in play.turns():
        if turn.number == 1:
            await runner.session_service.create_session(
                app_name="shop", user_id=turn.user_id, session_id=turn.session_id
            )
        question = types.Content(role="user", parts=[types.Part(text=turn.question)])
        async for _ in runner.run_async(
            user_id=turn.user_id, session_id=turn.session_id, new_message=question
        ):
            pass


asyncio.run(main())
play.finish()
