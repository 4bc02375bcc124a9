"""Langfuse SDK: a manually traced support bot."""

from langfuse import Langfuse, propagate_attributes
from plan import Turn
from play import Play

play = Play(__file__)
langfuse = Langfuse(
    public_key="pk-lf-dummy",
    secret_key="sk-lf-dummy",
    base_url="http://127.0.0.1:9",
    span_exporter=play.exporter,
)
history: dict[str, list[dict[str, str]]] = {}


def use_tool(name: str, argument: str) -> None:
    """Call one tool; a failing one is marked as an error."""
    with langfuse.start_as_current_observation(as_type="tool", name=name, input=argument) as tool:
        try:
            tool.update(output=play.tool(name, argument))
        except LookupError as error:
            tool.update(level="ERROR", status_message=str(error))


def run_agent(turn: Turn) -> str:
    """Answer one question."""
    messages = history.setdefault(turn.session_id, [])
    messages.append({"role": "user", "content": turn.question})
    with langfuse.start_as_current_observation(as_type="agent", name="support"):
        for _ in turn.calls:
            with langfuse.start_as_current_observation(
                as_type="generation", name="llm", model="fake-1", input=list(messages)
            ) as generation:
                call = play.answer()
                usage = {"input": call.input_tokens, "output": call.output_tokens}
                generation.update(
                    output=call.text,
                    usage_details={**usage, "total": sum(usage.values())},
                    cost_details={"total": round(sum(usage.values()) * 2e-6, 8)},
                )
            for tool in call.tools:
                use_tool(tool.name, tool.argument)
    messages.append({"role": "assistant", "content": call.text})
    return call.text


for turn in play.turns():
    with (
        langfuse.start_as_current_observation(as_type="span", name="chat_turn") as root,
        propagate_attributes(
            session_id=turn.session_id,
            user_id=turn.user_id,
            tags=["web"],
            metadata={"turn_number": str(turn.number)},
        ),
    ):
        root.update(input=turn.question, output=run_agent(turn))
    langfuse.flush()
play.finish()
