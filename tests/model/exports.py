"""Tiny exports, written as the Collector's file exporter does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sessiontrace.catalog import Catalog
from sessiontrace.options import LoadOptions
from sessiontrace.store import Resources
from sessiontrace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

CATALOG = Catalog.load()
NOON_NS = 1_772_452_800_000_000_000  # 2026-03-02 12:00 UTC


@dataclass
class Span:
    """A span; times are seconds since noon, ids are any small numbers."""

    trace: int
    span: int
    name: str
    attributes: Mapping[str, object] = field(default_factory=dict)
    parent: int | None = None
    start: float = 0
    seconds: float = 1
    failed: bool = False
    events: Iterable[tuple[str, Mapping[str, object]]] = ()
    scope: str = "test"

    def record(self) -> dict[str, Any]:
        """Return the span as OTLP/JSON."""
        start = NOON_NS + round(self.start * 1e9)
        record: dict[str, Any] = {
            "traceId": f"{self.trace:032x}",
            "spanId": f"{self.trace:08x}{self.span:08x}",
            "name": self.name,
            "kind": 1,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + round(self.seconds * 1e9)),
            "attributes": pairs(self.attributes),
            "status": {"code": 2} if self.failed else {},
            "events": [
                {"timeUnixNano": str(start), "name": name, "attributes": pairs(attributes)}
                for name, attributes in self.events
            ],
        }
        if self.parent is not None:
            record["parentSpanId"] = f"{self.trace:08x}{self.parent:08x}"
        return record


def pairs(attributes: Mapping[str, object]) -> list[dict[str, Any]]:
    """Return attributes with their OTLP types."""
    return [{"key": key, "value": _any_value(value)} for key, value in attributes.items()]


def _any_value(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}


def write(folder: Path, spans: Iterable[Span], service: str = "shop") -> Path:
    """Write spans of one service into a file and return it."""
    by_scope: dict[str, list[dict[str, Any]]] = {}
    for span in spans:
        by_scope.setdefault(span.scope, []).append(span.record())
    document = {
        "resourceSpans": [
            {
                "resource": {"attributes": pairs({"service.name": service})},
                "scopeSpans": [
                    {"scope": {"name": name}, "spans": records}
                    for name, records in by_scope.items()
                ],
            }
        ]
    }
    path = folder / "traces.jsonl"
    path.write_text(json.dumps(document) + "\n", "utf-8")
    return path


def opened(path: Path) -> Workspace:
    """Load one file; the caller closes the workspace."""
    options = LoadOptions(resources=Resources(threads=1))
    return Workspace.open([str(path)], options, catalog=CATALOG)
