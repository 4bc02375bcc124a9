"""OpenAI's client with the plan behind it in place of the network, and a bot that uses it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
from openai import AsyncOpenAI, OpenAI

if TYPE_CHECKING:
    from collections.abc import Callable

    from _shared.play import Play

MODEL = "gpt-4o-mini"
TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {"type": "object", "properties": {parameter: {"type": "string"}}},
        },
    }
    for name, parameter, description in (
        ("get_weather", "city", "Tell the weather."),
        ("lookup_order", "order_id", "Tell the state of an order."),
    )
]


def transport(play: Play) -> httpx.MockTransport:
    """Answer every chat completion with the plan's next model call."""

    def respond(_: httpx.Request) -> httpx.Response:
        call = play.answer()
        message: dict[str, Any] = {"role": "assistant", "content": call.text or None}
        if call.tools:
            message["tool_calls"] = [
                {
                    "id": use.call_id,
                    "type": "function",
                    "function": {"name": use.name, "arguments": json.dumps(use.arguments)},
                }
                for use in call.tools
            ]
        body = {
            "id": f"chatcmpl-{play.clock.span_id():016x}",
            "object": "chat.completion",
            "created": play.clock.now_ns // 10**9,
            "model": f"{MODEL}-2024-07-18",
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "finish_reason": "tool_calls" if call.tools else "stop",
                }
            ],
            "usage": {
                "prompt_tokens": call.input_tokens,
                "completion_tokens": call.output_tokens,
                "total_tokens": call.input_tokens + call.output_tokens,
            },
        }
        return httpx.Response(200, json=body)

    return httpx.MockTransport(respond)


def client(play: Play) -> OpenAI:
    """Return a client whose requests never leave the process."""
    return OpenAI(api_key="dummy", http_client=httpx.Client(transport=transport(play)))


def async_client(play: Play) -> AsyncOpenAI:
    """Return the asynchronous twin of ``client``."""
    return AsyncOpenAI(api_key="dummy", http_client=httpx.AsyncClient(transport=transport(play)))


def answer(
    openai: OpenAI, messages: list[Any], question: str, use_tool: Callable[[str, str], str]
) -> str:
    """Answer one question: call the model, run its tools, until it answers in text."""
    messages.append({"role": "user", "content": question})
    while True:
        reply = openai.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
        message = reply.choices[0].message
        messages.append(message.model_dump(exclude_none=True))
        if not message.tool_calls:
            return message.content or ""
        for call in message.tool_calls:
            (argument,) = json.loads(call.function.arguments).values()
            try:
                result = use_tool(call.function.name, argument)
            except LookupError as error:
                result = f"Error: {error}"
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
