"""What is odd far behind the lines that are sampled is still read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sessiontrace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

LINES = 60
ODD_LINE = 57


def span(number: int, **members: object) -> dict[str, Any]:
    return {
        "traceId": f"{number + 1:032x}",
        "spanId": f"{number + 1:016x}",
        "name": "chat",
        "kind": 1,
        "startTimeUnixNano": str(1_790_000_000_000_000_000 + number),
        "endTimeUnixNano": str(1_790_000_000_000_001_000 + number),
        "attributes": [{"key": "session.id", "value": {"stringValue": f"s{number}"}}],
        "status": {},
        **members,
    }


def line(*scopes: object) -> dict[str, Any]:
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": list(scopes)}]}


def snake_case_group(good: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    record = line({"scope": {}, "spans": [good]})
    record["resourceSpans"].append({"resource": {}, "scope_spans": [{"spans": [other]}]})
    return record


def legacy_scope(good: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    record = line({"scope": {}, "spans": [good]})
    record["resourceSpans"].append(
        {"resource": {}, "instrumentationLibrarySpans": [{"spans": [other]}]}
    )
    return record


def snake_case_parent(good: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    other = {**other, "traceId": good["traceId"], "parent_span_id": good["spanId"]}
    return line({"scope": {}, "spans": [good, other]})


@pytest.mark.parametrize("late", [snake_case_group, legacy_scope, snake_case_parent])
def test_a_late_odd_group_is_read(tmp_path: Path, late: Any) -> None:
    records = [line({"scope": {}, "spans": [span(number)]}) for number in range(LINES)]
    records[ODD_LINE] = late(span(ODD_LINE), span(900))
    path = tmp_path / "traces.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    with Workspace.open([str(path)]) as workspace:
        assert workspace.rows("select count(*) from spans") == [(LINES + 1,)]
        parents = workspace.rows("select count(parent_span_id) from spans")
        assert parents == [(1 if late is snake_case_parent else 0,)]
        counted = "select records, loaded, spans_seen, spans from sources"
        assert workspace.rows(counted) == [(LINES, LINES, LINES + 1, LINES + 1)]
