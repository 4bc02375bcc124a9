"""Laminar SDK: observed functions around an instrumented OpenAI client."""

from collections import defaultdict
from typing import Any

from lmnr import Instruments, Laminar, observe
from lmnr.opentelemetry_lib.tracing import processor
from openai_fake import answer, client
from plan import SMALL
from play import Play

play = Play(__file__, SMALL)
processor.LaminarSpanExporter = lambda *_, **__: play.exporter
Laminar.initialize(
    project_api_key="dummy",
    base_url="http://127.0.0.1",
    http_port=9,
    grpc_port=9,
    disable_batch=True,
    instruments={Instruments.OPENAI},
)
openai = client(play)
history: dict[str, list[Any]] = defaultdict(list)


def use_tool(name: str, argument: str) -> str:
    """Call one tool inside a span."""
    return observe(name=name, span_type="TOOL")(play.tool)(name, argument)


def support(question: str) -> str:
    """Answer one question."""
    return answer(openai, history[turn.session_id], question, use_tool)


for turn in play.turns():
    observe(session_id=turn.session_id, user_id=turn.user_id)(support)(turn.question)
    Laminar.flush()
play.finish()
