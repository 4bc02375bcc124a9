"""OpenAI's client with the plan behind it in place of the network, and a bot that uses it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from openai import AsyncOpenAI, OpenAI
from plan import ToolUse

try:
    import httpx2 as http
except ModuleNotFoundError:  # OpenAI's client before 3.0
    import httpx as http

if TYPE_CHECKING:
    from collections.abc import Callable

    from plan import ModelCall
    from play import Play

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


def completion(play: Play, call: ModelCall) -> dict[str, Any]:
    """Return the body of a chat completion."""
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
    reason = "tool_calls" if call.tools else "stop"
    return {
        "id": f"chatcmpl-{play.clock.span_id():016x}",
        "object": "chat.completion",
        "created": play.clock.now_ns // 10**9,
        "model": f"{MODEL}-2024-07-18",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {
            "prompt_tokens": call.input_tokens,
            "completion_tokens": call.output_tokens,
            "total_tokens": call.input_tokens + call.output_tokens,
        },
    }


def response(play: Play, call: ModelCall) -> dict[str, Any]:
    """Return the body of a response of the Responses API."""
    output: list[Any] = [
        {
            "type": "function_call",
            "id": f"fc_{play.clock.span_id():016x}",
            "call_id": use.call_id,
            "name": use.name,
            "arguments": json.dumps(use.arguments),
            "status": "completed",
        }
        for use in call.tools
    ]
    text = {
        "type": "message",
        "id": f"msg_{play.clock.span_id():016x}",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": call.text, "annotations": []}],
    }
    return {
        "id": f"resp_{play.clock.span_id():016x}",
        "object": "response",
        "created_at": play.clock.now_ns // 10**9,
        "status": "completed",
        "model": f"{MODEL}-2024-07-18",
        "output": output or [text],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": call.input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": call.output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": call.input_tokens + call.output_tokens,
        },
    }


def transport(play: Play, final_tool: str = "") -> http.MockTransport:
    """Answer every request with the plan's next model call.

    With ``final_tool`` the text that ends a turn is a call of that tool.
    """

    def respond(request: http.Request) -> http.Response:
        if request.url.path.endswith("/input_tokens"):  # asked before a call, no call itself
            return http.Response(200, json={"object": "response.input_tokens", "input_tokens": 50})
        body = response if request.url.path.endswith("/responses") else completion
        call = play.answer()
        if final_tool and call.text:
            use = ToolUse(final_tool, call.text, f"call_{play.clock.span_id():08x}")
            call = replace(call, tools=(use,), text="")
        conversation = json.loads(request.content).get("conversation")
        echo = {"conversation": {"id": conversation}} if conversation else {}
        return http.Response(200, json=body(play, call) | echo)

    return http.MockTransport(respond)


def client(play: Play) -> OpenAI:
    """Return a client whose requests never leave the process."""
    return OpenAI(api_key="dummy", http_client=http.Client(transport=transport(play)))


def async_client(play: Play) -> AsyncOpenAI:
    """Return the asynchronous twin of ``client``."""
    return AsyncOpenAI(api_key="dummy", http_client=http.AsyncClient(transport=transport(play)))


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
