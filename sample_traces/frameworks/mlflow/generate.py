"""MLflow Tracing with its OTLP export: decorated functions around an autologged OpenAI client."""

import os
from collections import defaultdict
from typing import Any

import mlflow
import mlflow.tracing.provider
from mlflow.entities import SpanType
from openai_fake import answer, client
from plan import SMALL
from play import Play

play = Play(__file__, SMALL)
os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://127.0.0.1:9/v1/traces"
mlflow.tracing.provider.get_otlp_exporter = lambda: play.exporter
mlflow.openai.autolog()
openai = client(play)
history: dict[str, list[Any]] = defaultdict(list)


def use_tool(name: str, argument: str) -> str:
    """Call one tool inside a span."""
    return mlflow.trace(play.tool, name=name, span_type=SpanType.TOOL)(name, argument)


for turn in play.turns():
    with mlflow.start_span("support", span_type=SpanType.AGENT) as span:
        # For MLflow's own server; its OTLP export drops both, hence the attributes.
        mlflow.update_current_trace(session_id=turn.session_id, user=turn.user_id)
        span.set_attributes({"session.id": turn.session_id, "user.id": turn.user_id})
        span.set_inputs(turn.question)
        span.set_outputs(answer(openai, history[turn.session_id], turn.question, use_tool))
    mlflow.tracing.provider.provider.get().force_flush()
play.finish()
