"""Large records: nothing is decoded as a whole, and what is odd in them is found where it is."""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import REPOSITORY
from tests.ingest.exports import document, line, span
from tests.ingest.loading import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILOBYTE = "x" * 1000


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


def spans(count: int, size: int = 1) -> Iterator[str]:
    text = json.dumps(span(0, {"text": KILOBYTE * size}))
    for number in range(1, count + 1):
        yield text.replace("0" * 32, f"{number:032x}").replace(f'"{"0" * 16}"', f'"{number:016x}"')


def peak_mb(path: Path, *arguments: str) -> tuple[str, int]:
    """Count the spans in a process of its own; its answer and its peak memory in MB."""
    command = [
        sys.executable,
        "-m",
        "sessiontrace",
        "query",
        "select sum(spans) as n, sum(rejected) as r from sources",
        str(path),
        "--format",
        "csv",
        *arguments,
    ]
    code = (
        "import resource, subprocess, sys; "
        "done = subprocess.run(sys.argv[1:], check=False); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); "
        "sys.exit(done.returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer, _, peak = done.stdout.strip().rpartition("\n")
    return answer, int(peak)


@pytest.mark.slow
def test_a_line_of_100_megabytes(tmp_path: Path) -> None:
    export = tmp_path / "line.jsonl"
    head, _, tail = line([]).decode().partition('"spans":[]')
    export.write_text(f'{head}"spans":[{",".join(spans(10_000, 10))}]{tail}')
    assert export.stat().st_size > 100_000_000
    answer, peak = peak_mb(export, "--memory-limit", "512MB")
    assert answer.split() == ["n,r", "10000,0"]
    assert peak < 1024


@pytest.mark.slow
def test_a_span_of_20_megabytes(tmp_path: Path) -> None:
    export = tmp_path / "span.jsonl"
    export.write_bytes(line([span(1, {"text": KILOBYTE * 20_000})]) + line([span(2)]))
    answer, peak = peak_mb(export, "--memory-limit", "512MB")
    assert answer.split() == ["n,r", "2,0"]
    assert peak < 1024


def test_odd_spans_of_a_large_document_are_found_where_they_are(
    bench: Bench, tmp_path: Path
) -> None:
    export = tmp_path / "document.json"
    whole: Any = document([json.loads(each) for each in spans(3000)])
    inner = whole["resourceSpans"][0]["scopeSpans"][0]["spans"]
    whole["resourceSpans"].append(document([span(9000)])["resourceSpans"][0])
    odd = whole["resourceSpans"][1]["scopeSpans"]
    odd.append({"spans": [{"name": "no ids"}, span(9001, kind="SPAN_KIND_CLIENT")]})
    inner[2500] = "no span"
    inner[2600]["traceId"] = None
    export.write_text(json.dumps(whole, indent=1))
    assert export.stat().st_size > 1 << 22
    loaded = bench.load(export)
    (source,) = loaded.sources
    assert (source.container, source.records, source.loaded) == ("otlp-json", 1, 1)
    assert (source.spans_seen, source.rejected_spans, len(loaded.spans)) == (3003, 3, 3000)
    assert [(line_no, pointer, reason) for line_no, pointer, reason, _ in loaded.rejects] == [
        (1, "/resourceSpans/0/scopeSpans/0/spans/2500", "span_not_an_object"),
        (1, "/resourceSpans/0/scopeSpans/0/spans/2600", "missing_trace_id"),
        (1, "/resourceSpans/1/scopeSpans/1/spans/0", "missing_trace_id"),
    ]
    assert loaded.spans[f"{9001:032x}", f"{9001:016x}"]["kind"] == 3


def test_a_bad_string_costs_its_span_and_no_other(bench: Bench, tmp_path: Path) -> None:
    for count in (3, 6000):
        export = tmp_path / "document.json"
        data = line([json.loads(each) for each in spans(count)]) + line([span(9000)])
        at = data.index(f"{2:032x}".encode())
        at = data.index(b"xxxx", at)
        export.write_bytes(data[:at] + b"\xff" + data[at + 1 :])
        loaded = bench.load(export)
        assert (len(loaded.spans), loaded.sources[0].spans_seen) == (count, count + 1)
        assert [row[:3] for row in loaded.rejects] == [
            (1, "/resourceSpans/0/scopeSpans/0/spans/1", "not_utf8")
        ]


def test_members_beside_the_envelope_are_read_too(bench: Bench, tmp_path: Path) -> None:
    export = tmp_path / "document.json"
    whole: Any = document([json.loads(each) for each in spans(5000)])
    scopes = whole["resourceSpans"][0]["scopeSpans"]
    whole["resourceSpans"][0]["instrumentationLibrarySpans"] = [{"spans": [span(9000)]}]
    scopes.append({"scope": {"name": "other"}, "spans": [span(9001)]})
    export.write_text(json.dumps(whole))
    assert len(bench.load(export).spans) == 5002


@pytest.mark.slow
def test_a_bomb_is_refused(tmp_path: Path) -> None:
    export = tmp_path / "bomb.gz"
    with gzip.open(export, "wb", 9) as stream:
        for _ in range(400):
            stream.write(b"0" * (1 << 20))
    done = subprocess.run(
        [sys.executable, "-m", "sessiontrace", "analyze", str(export)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)),
    )
    assert done.returncode == 3
    assert "decompresses to" in done.stderr
    assert "help:" in done.stderr
