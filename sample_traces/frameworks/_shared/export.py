"""Write finished spans as OTLP/JSON, one export request per line."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

if TYPE_CHECKING:
    from collections.abc import Sequence

FRAMEWORKS = Path(__file__).resolve().parents[1]
# Directories of the machine that stack traces would show.
PATHS = {sys.prefix: "/venv", sys.base_prefix + "/": "/python/", str(FRAMEWORKS): "/app"}


class OtlpJsonFile(SpanExporter):
    """Hex ids and integer enums, as the OTLP/JSON specification wants them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spans = 0
        self.batch: list[ReadableSpan] = []
        path.write_text("")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Keep the spans for the next line."""
        self.batch += spans
        return SpanExportResult.SUCCESS

    def write_line(self) -> None:
        """Append the spans so far as one export request."""
        if not self.batch:
            return
        request = MessageToDict(encode_spans(self.batch), use_integers_for_enums=True)
        self.spans += len(self.batch)
        self.batch = []
        for resource in request["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    for item in (span, *span.get("links", [])):
                        hex_ids(item)
        line = json.dumps(request, separators=(",", ":"))
        for real, neutral in PATHS.items():
            line = line.replace(real, neutral)
        with self.path.open("a") as file:
            file.write(line + "\n")


def hex_ids(item: dict[str, Any]) -> None:
    """Turn protobuf's base64 ids into hex."""
    for key in ("traceId", "spanId", "parentSpanId"):
        if key in item:
            item[key] = base64.b64decode(item[key]).hex()


def provider(exporter: SpanExporter, service: str) -> TracerProvider:
    """Return a tracer provider that exports each span when it ends."""
    tracers = TracerProvider(resource=Resource.create({"service.name": service}))
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    return tracers
