"""Small exports, written by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sessiontrace.catalog import Catalog
from sessiontrace.options import LoadOptions, Selection
from sessiontrace.render import render_analysis
from sessiontrace.render.types import Screen
from sessiontrace.reporting import analysis
from sessiontrace.store import Resources
from sessiontrace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sessiontrace.render import AnalysisFormat

NOON = 1_767_268_800 * 10**9
SECOND = 10**9


def span(
    trace: int,
    number: int = 0,
    *,
    at: float = 0.0,
    seconds: float = 1.0,
    name: str = "chat",
    state: str = "",
    **attributes: object,
) -> dict[str, Any]:
    """Return a span; number 0 is the root of its trace, and `a__b` stands for the key `a.b`."""
    start = NOON + round(at * SECOND)
    found: dict[str, Any] = {
        "traceId": f"{trace + 1:032x}",
        "spanId": f"{(trace + 1) * 1000 + number:016x}",
        "name": name,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + round(seconds * SECOND)),
        "attributes": [
            {"key": key.replace("__", "."), "value": _value(value)}
            for key, value in attributes.items()
            if value is not None
        ],
    }
    if number:
        found["parentSpanId"] = f"{(trace + 1) * 1000:016x}"
    if state:
        found["traceState"] = state
    return found


def _value(value: object) -> dict[str, object]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def write(
    path: Path, spans: Iterable[dict[str, Any]], *, scope: str = "test", **resource: object
) -> str:
    """Write one line per span and return the path as text."""
    attributes = [
        {"key": key.replace("__", "."), "value": _value(value)} for key, value in resource.items()
    ]
    lines = (
        {
            "resourceSpans": [
                {
                    "resource": {"attributes": attributes},
                    "scopeSpans": [{"scope": {"name": scope}, "spans": [each]}],
                }
            ]
        }
        for each in spans
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def analyzed(
    *paths: str,
    format_: AnalysisFormat = "table",
    by: str | None = None,
    threads: int = 2,
    timezone: str = "UTC",
    where: str | None = None,
    screen: Screen | None = None,
) -> str:
    """Return what `analyze` prints."""
    options = LoadOptions(resources=Resources(threads, "1GB"))
    with Workspace.open(paths, options, catalog=Catalog.load()) as workspace:
        workspace.select(Selection(where=where))
        document = analysis(workspace, paths, by=by, timezone=timezone)
    return render_analysis(document, format_, screen or Screen())
