"""Files that real producers wrote, where they are at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.real_traces import VARIABLE, real_traces

from sessiontrace.ingest.canonical import Canonical, Outcome, canonicalise, encode_lines
from sessiontrace.ingest.strict import is_strict

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = real_traces()
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no folder of real traces; {VARIABLE} names it"
)
LASTING = {"missing_time", "opaque_id", "zero_id"}
FILES = sorted(path for path in FOLDER.rglob("*.json*") if path.name != "index.json")
SAME_SPANS = (
    "python_otlp_json_file_exporter.jsonl",
    "python_MessageToJson_preserving_names_wrong_snake.jsonl",
    "python_MessageToJson_wrong_base64_enum_names.json",
)


def records(path: Path) -> list[Any]:
    data = path.read_bytes()
    try:
        return [msgspec.json.decode(data)]
    except msgspec.DecodeError:
        return [value for line in data.split(b"\n") for value in _decoded(line)]


def _decoded(line: bytes) -> list[Any]:
    try:
        return [msgspec.json.decode(line)]
    except msgspec.DecodeError:
        return []


def spans_by_id(canonicals: list[Canonical]) -> dict[str, Any]:
    return {
        span["spanId"]: (group.attributes, scope.name, scope.version, scope.attributes, span)
        for canonical in canonicals
        for group in canonical.groups
        for scope in group.scopes
        for span in scope.spans
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_real_file_becomes_strict(path: Path) -> None:
    for record in records(path):
        canonical = canonicalise(record)
        assert canonical.rejected_spans == 0
        for line in encode_lines(canonical):
            written = msgspec.json.decode(line)
            again = canonicalise(written)
            assert list(encode_lines(again)) == [line]
            codes = {note.code for note in again.notes}
            assert codes <= LASTING
            assert is_strict(written) or codes


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_strict_real_record_keeps_its_spans(path: Path) -> None:
    for record in filter(is_strict, records(path)):
        canonical = canonicalise(record)
        assert canonical.outcome is Outcome.LOADED
        assert canonical.rejects == []
        assert {note.code for note in canonical.notes} <= LASTING


def test_three_renderings_of_the_same_spans_are_equal() -> None:
    rendered = [
        spans_by_id([canonicalise(record) for record in records(FOLDER / "files" / name)])
        for name in SAME_SPANS
    ]
    assert len(rendered[0]) == 18
    assert rendered[0] == rendered[1] == rendered[2]


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("xtergo__robotframework-trace-report__otel-traces.json", 1066),
        ("xtergo__robotframework-trace-report__diverse_trace.json", 1632),
        ("ymtdzzz__otel-tui__test_data.json", 327),
        ("smithclay__otlp2parquet__traces.jsonl", 19),
        ("agentevals-dev__agentevals__tempo_export_with_batches.json", 86),
        ("grafana__tempo__trace.json", 1),
    ],
)
def test_no_span_of_a_real_file_is_lost(name: str, seen: int) -> None:
    canonicals = [canonicalise(record) for record in records(FOLDER / "files" / name)]
    assert sum(canonical.spans_seen for canonical in canonicals) == seen


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("agentevals-dev__agentevals__helm.json", "Jaeger UI JSON"),
        ("quickwit-oss__quickwit__jaeger_ui_trace.json", "Jaeger UI JSON"),
        ("langfuse__langfuse__openai-agents-2025-09-30.trace.json", "Langfuse trace download"),
        ("mozilla-ai__any-agent__OPENAI_trace.json", "any-agent trace"),
        ("strands-agents__evals__claude_adot_spans.json", "CloudWatch or ADOT spans"),
        ("Rul1an__verdict__otel_trace.jsonl", "flat span JSONL"),
        (
            "agntcy__telemetry-hub__llm_metrics_single_session_traces.json",
            "object of lists of: ClickHouse rows",
        ),
    ],
)
def test_other_real_containers_are_named(name: str, container: str) -> None:
    canonical = canonicalise(records(FOLDER / "files" / name)[0])
    assert (canonical.outcome, canonical.rejects[0].detail) == (Outcome.REJECTED, container)
