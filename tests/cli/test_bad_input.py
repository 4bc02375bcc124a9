"""Bad input at the real command line: one line that says what is wrong, a remedy, the exit code."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import REPOSITORY
from tests.ingest.exports import document, line, log_line, span

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Done = subprocess.CompletedProcess[str]
Query = "select count(*) as spans from spans"

GOOD = line([span(1), span(2)])
DEEP = b'{"resourceSpans":' + b"[" * 300 + b"]" * 300 + b"}\n"
METRICS = b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m"}]}]}]}\n'
TRUNCATED_GZIP = gzip.compress(b"".join(line([span(n)]) for n in range(1, 4000)))[:-4000]


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that do not compress, the same in every run."""
    return hashlib.shake_128(str(seed).encode()).digest(size)


def run(*arguments: str, **options: Any) -> Done:
    """Run the command line in a process of its own."""
    known = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "TERM")}
    known |= options.pop("environment", {})
    return subprocess.run(
        [sys.executable, "-m", "sessiontrace", *arguments],
        env=known,
        cwd=options.pop("cwd", REPOSITORY),
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=options.pop("stdin", subprocess.DEVNULL),
        timeout=120,
        check=False,
        **options,
    )


def assert_refused(done: Done, code: int, *words: str) -> None:
    """One error line with the words, at least one help line, nothing else on stderr."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    errors = [text for text in done.stderr.splitlines() if "error:" in text]
    helps = [text for text in done.stderr.splitlines() if text.startswith("  help:")]
    assert len(errors) == 1, done.stderr
    assert helps, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


# -- what holds nothing -------------------------------------------------------------------------


NOTHING: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "white space": (b" \n\t\r\n \n", "no span could be read"),
    "byte order mark": (b"\xef\xbb\xbf", "no span could be read"),
    "junk": (noise(20_000), "no span could be read"),
    "logs": (log_line([{"body": {"stringValue": "hello"}}]), "logs or metrics"),
    "metrics": (METRICS, "logs or metrics"),
    "deep": (DEEP, "no span could be read"),
    "zip": (b"PK\x03\x04" + b"x" * 100, "a zip archive"),
    "parquet": (b"PAR1" + b"x" * 100, "a Parquet file"),
    "gzip of nothing": (gzip.compress(b""), "no span could be read"),
    "broken gzip": (gzip.compress(GOOD)[:12], "no span could be read"),
    "empty batch": (b'{"resourceSpans":[]}\n', "no span could be read"),
    "jaeger": (b'{"data":[{"traceID":"a","spans":[],"processes":{}}]}', "Jaeger"),
    "chat": (b'{"role":"user","content":"secret words"}\n', "chat message"),
}


@pytest.mark.parametrize("name", NOTHING)
def test_a_file_without_spans(tmp_path: Path, name: str) -> None:
    data, words = NOTHING[name]
    export = tmp_path / "export.json"
    export.write_bytes(data)
    done = run("query", Query, str(export))
    assert_refused(done, 3, str(export), words)
    assert "secret" not in done.stderr


def test_a_file_without_spans_leaves_the_store_as_it_is(tmp_path: Path) -> None:
    export, store = tmp_path / "export.json", tmp_path / "traces.duckdb"
    export.write_bytes(GOOD)
    assert run("load", str(export), "--db", str(store)).returncode == 0
    before = store.read_bytes()
    export.write_bytes(b"junk\n")
    for extra in ((), ("--append",)):
        assert_refused(run("load", str(export), "--db", str(store), *extra), 3, "no span")
        assert store.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [export, store]


# -- paths --------------------------------------------------------------------------------------


def test_paths_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    cases = {
        str(tmp_path / "missing.jsonl"): (2, "no such file"),
        str(tmp_path / "loop"): (2, "no such file"),
        str(tmp_path / ("x" * 300)): (2, "cannot be read"),
        "https://example.com/traces.jsonl": (2, "is a URL"),
        "s3://bucket/traces.jsonl": (2, "is a URL"),
        str(tmp_path / "empty"): (3, "holds no file"),
        str(tmp_path / "*.jsonl"): (3, "no file matches"),
    }
    for path, (code, words) in cases.items():
        assert_refused(run("analyze", path), code, words)


@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="needs setpriv")
def test_what_one_may_not_read(tmp_path: Path) -> None:
    """As another user, for whom permissions hold; root may read everything."""
    folder = tmp_path / "exports"
    (folder / "closed").mkdir(parents=True)
    (folder / "good.jsonl").write_bytes(GOOD)
    (folder / "secret.jsonl").write_bytes(GOOD)
    (folder / "secret.jsonl").chmod(0)
    (folder / "closed").chmod(0)
    place = tmp_path
    while place != place.parent and stat.S_IMODE(place.stat().st_mode) & 0o5 != 0o5:
        place.chmod(place.stat().st_mode | 0o55)
        place = place.parent

    def as_nobody(*arguments: str) -> Done:
        return subprocess.run(
            [
                shutil.which("setpriv") or "",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                sys.executable,
                "-m",
                "sessiontrace",
                *arguments,
            ],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY / "cli"), "HOME": "/nonexistent"},
            cwd="/",
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    if as_nobody("--version").returncode != 0:
        pytest.skip("needs setpriv and an interpreter that everybody may run")
    assert_refused(as_nobody("analyze", str(folder / "closed")), 2, "Permission denied")
    assert_refused(as_nobody("analyze", str(folder / "secret.jsonl")), 2, "Permission denied")
    done = as_nobody("query", Query, str(folder), "--format", "csv")
    assert (done.returncode, done.stdout) == (0, "spans\n2\n"), done.stderr
    assert "secret.jsonl" in done.stderr
    assert "closed" in done.stderr


NAMES = [
    "[a]*.jsonl",
    'it\'s "so".json',
    "with space.txt",
    "é–ü.jsonl",
    "new\nline.jsonl",
    "~tilde.jsonl",
    "{a,b}.jsonl",
    "plain.jsonl.gz",
    "-",
    "a?b",
    "no-extension",
    "back\\slash.jsonl",
    "file:x.jsonl",
    "%s.jsonl",
    "$HOME.jsonl",
    os.fsdecode(b"\xff.jsonl"),
]


def test_names_are_names(tmp_path: Path) -> None:
    folder = tmp_path / "odd [names]"
    folder.mkdir()
    for number, name in enumerate(NAMES, 1):
        (folder / name).write_bytes(line([span(number)]))
    done = run(
        "query",
        "select count(*) as n, count(distinct path) as paths from sources where spans = 1",
        str(folder),
        "--format",
        "csv",
    )
    assert (done.returncode, done.stdout) == (0, f"n,paths\n{len(NAMES)},{len(NAMES)}\n")
    paths = [f"./{name}" if name == "-" else name for name in NAMES if name.isprintable()]
    done = run("query", Query, *paths, "--format", "csv", cwd=folder)
    assert (done.returncode, done.stdout) == (0, f"spans\n{len(paths)}\n"), done.stderr


def test_links_loops_and_pipes_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "a.jsonl").write_bytes(line([span(1)]))
    (folder / "inner" / "up").symlink_to(folder)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.jsonl").write_bytes(line([span(2)]))
    (folder / "linked").symlink_to(tmp_path / "other")
    (folder / "again.jsonl").symlink_to(folder / "inner" / "a.jsonl")
    (folder / "broken.jsonl").symlink_to(tmp_path / "gone.jsonl")
    os.mkfifo(folder / "pipe.jsonl")
    done = run(
        "query",
        "select count(*) as n, count(*) filter (rejected > 0) as lost from sources",
        str(folder),
        "--format",
        "csv",
    )
    assert (done.returncode, done.stdout) == (0, "n,lost\n3,1\n"), done.stderr
    assert "broken.jsonl" in done.stderr


def test_a_pipe_that_is_named_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    export = tmp_path / "export.jsonl"
    export.write_bytes(gzip.compress(GOOD))
    with subprocess.Popen(["/bin/sh", "-c", 'cat "$1" > "$2"', "sh", str(export), str(pipe)]):
        done = run("query", Query, str(pipe), "--format", "csv")
    assert (done.returncode, done.stdout) == (0, "spans\n2\n"), done.stderr


def test_standard_input(tmp_path: Path) -> None:
    export = tmp_path / "export"
    export.write_bytes(zstd.compress(GOOD))
    with export.open("rb") as stream:
        done = run("query", Query, "-", "--format", "csv", stdin=stream)
    assert (done.returncode, done.stdout) == (0, "spans\n2\n"), done.stderr
    assert_refused(run("analyze", "-"), 3, "-: empty")


# -- a closed pipe, a full disk -------------------------------------------------------------------


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    export = tmp_path / "export.jsonl"
    export.write_bytes(b"".join(line([span(n)]) for n in range(1, 1500)))
    done = subprocess.run(
        [
            "/bin/bash",
            "-c",
            'set -o pipefail; "$0" -m sessiontrace query "$1" "$2" --format jsonl -q | head -1',
            sys.executable,
            "from spans",
            str(export),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


def limited(bytes_: int) -> Callable[[], None]:
    """A process that can write files of that size at most, as on a disk that is full."""
    import resource

    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_))


def test_a_full_disk(tmp_path: Path) -> None:
    export, store = tmp_path / "export.jsonl", tmp_path / "traces.duckdb"
    spans = [span(n, {"text": noise(2000, n).hex()}) for n in range(1, 800)]
    export.write_bytes(b"".join(line([each]) for each in spans))
    store.write_bytes(b"")
    done = run("load", str(export), "--db", str(store), preexec_fn=limited(1 << 20))
    assert_refused(done, 2, "traces.duckdb", "space")
    assert sorted(tmp_path.iterdir()) == [export, store]
    assert store.read_bytes() == b""
    zipped = tmp_path / "export.gz"
    zipped.write_bytes(gzip.compress(export.read_bytes(), 1))
    done = run("analyze", str(zipped), preexec_fn=limited(1 << 20))
    assert_refused(done, 2, "cannot be written", "TMPDIR")


def test_no_place_for_temporary_files(tmp_path: Path) -> None:
    export = tmp_path / "export.jsonl"
    export.write_bytes(GOOD)
    code = (
        "import sys, tempfile; tempfile.tempdir = sys.argv.pop(1); "
        "from sessiontrace.app import run; sys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "gone"), "analyze", str(export)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert_refused(done, 2, "temporary files", "TMPDIR")


@pytest.mark.parametrize("limit", ["lots", "-1", "0", "12", "1 XB", ""])
def test_a_memory_limit_that_is_none(tmp_path: Path, limit: str) -> None:
    export = tmp_path / "export.jsonl"
    export.write_bytes(GOOD)
    assert_refused(run("analyze", str(export), "--memory-limit", limit), 2, "512MB")


def test_a_memory_limit_that_is_too_small(tmp_path: Path) -> None:
    export = tmp_path / "export.jsonl"
    export.write_bytes(GOOD)
    for limit in ("1KB", "300KB"):
        done = run("analyze", str(export), "--memory-limit", limit)
        assert_refused(done, 2, "raise --memory-limit")


# -- partly readable ----------------------------------------------------------------------------


def pretty(*documents: Any) -> bytes:
    return b"\n".join(json.dumps(each, indent=2).encode() for each in documents)


SURROGATE = json.dumps(document([span(3, {"text": "\ud800"})])).encode() + b"\n"
PARTLY: dict[str, tuple[bytes, int, list[str]]] = {
    "plain": (GOOD, 2, []),
    "wrong extension, gzip": (gzip.compress(GOOD), 2, []),
    "wrong extension, zstd": (zstd.compress(GOOD), 2, []),
    "gzip members": (gzip.compress(GOOD) + gzip.compress(line([span(3)])), 3, []),
    "zstd frames": (zstd.compress(GOOD) + zstd.compress(line([span(3)])), 3, []),
    "gzip with garbage behind": (gzip.compress(GOOD) + b"garbage", 2, ["damaged_gzip"]),
    "zstd cut off": (
        zstd.compress(GOOD) + zstd.compress(line([span(3)]))[:-5],
        2,
        ["damaged_zstd"],
    ),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, 2, []),
    "utf-16": ("\ufeff".encode("utf-16-le") + GOOD.decode().encode("utf-16-le"), 2, []),
    "crlf": (GOOD.replace(b"\n", b"\r\n") + b"\r\n" + line([span(3)]), 3, []),
    "blank lines": (b"\n\n  \n" + GOOD + b"\n \t\n\n" + line([span(3)]) + b"\n", 3, []),
    "line separator in a string": (
        json.dumps(document([span(3, {"text": "a\u2028b\u2029c"})]), ensure_ascii=False).encode(),
        1,
        [],
    ),
    "NUL bytes": (GOOD + b"\0" * 5000 + b"\n" + line([span(3)]), 3, ["not_json"]),
    "escaped NUL": (line([span(3, {"text": "a\0b"})]), 1, []),
    "invalid UTF-8 line": (
        GOOD + line([span(3, {"text": "x"})]).replace(b'"x"', b'"\xff"') + line([span(4)]),
        3,
        ["not_utf8"],
    ),
    "invalid UTF-8 first": (
        line([span(3, {"text": "x"})]).replace(b'"x"', b'"\xff"') + GOOD,
        2,
        ["not_utf8"],
    ),
    "invalid UTF-8 span": (
        line([span(3, {"text": "x"}), span(4)]).replace(b'"x"', b'"\xff"'),
        1,
        ["not_utf8"],
    ),
    "lone surrogate": (SURROGATE + GOOD, 3, []),
    "truncated last line": (GOOD + line([span(3)])[:-30], 2, ["not_json"]),
    "array": (json.dumps([document([span(n)]) for n in (1, 2)]).encode(), 2, []),
    "pretty array cut off": (
        json.dumps([document([span(n)]) for n in (1, 2, 3)], indent=1).encode()[:-200],
        2,
        ["not_json"],
    ),
    "pretty": (pretty(document([span(1), span(2)])), 2, []),
    "concatenated": (pretty(document([span(1)]), document([span(2)])), 2, []),
    "concatenated without a break": (pretty(document([span(1)])) * 2 + GOOD, 4, []),
    "bare resource spans": (
        b"".join(
            json.dumps(document([span(n)])["resourceSpans"][0]).encode() + b"\n" for n in (1, 2)
        ),
        2,
        [],
    ),
    "deep line": (DEEP + GOOD, 2, ["not"]),
    "deep value": (
        GOOD
        + line(
            [
                span(3) | {"attributes": [{"key": "k", "value": v}]}
                for v in (
                    {"stringValue": "x"},
                    json.loads('{"arrayValue":{"values":[' * 120 + "]}}" * 120),
                )
            ]
        ),
        3,
        ["nesting_too_deep"],
    ),
    "same key twice": (
        line(
            [
                span(3)
                | {"attributes": [{"key": "k", "value": {"stringValue": each}} for each in "ab"]}
            ]
        ),
        1,
        [],
    ),
    "other signals between": (GOOD + METRICS + log_line([{"body": {}}]) + line([span(3)]), 3, []),
    "one bad span": (line([span(1), {"name": "no ids"}, span(2)]), 2, ["missing_trace_id"]),
    "tempo": (json.dumps({"batches": document([span(1)])["resourceSpans"]}).encode(), 1, []),
}


def test_nothing_readable_is_lost(tmp_path: Path) -> None:
    """All in one folder, then file by file in the table of sources."""
    for number, (data, _, _) in enumerate(PARTLY.values()):
        (tmp_path / f"{number:03d}.jsonl").write_bytes(data)
    done = run(
        "query",
        "select path, spans_seen - rejected_spans as spans, list(reason order by reason) "
        "filter (reason is not null) as reasons from sources left join "
        "(select distinct source_id, reason from rejects) using (source_id) "
        "group by all order by path",
        str(tmp_path),
        "--format",
        "jsonl",
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    for (name, (_, spans, reasons)), row in zip(PARTLY.items(), rows, strict=True):
        found = [
            re.sub("^nesting_too_deep$|^not_otlp$|^.*_not_.*$", "not", each)
            if reasons == ["not"]
            else each
            for each in row["reasons"] or []
        ]
        assert (name, row["spans"], sorted(set(found))) == (name, spans, reasons)
    assert "Traceback" not in done.stderr
    assert run("query", Query, str(tmp_path), "--quiet").stderr == ""


def test_a_truncated_archive_keeps_what_came_before(tmp_path: Path) -> None:
    export = tmp_path / "traces.jsonl.gz"
    export.write_bytes(TRUNCATED_GZIP)
    done = run(
        "query",
        "select records, loaded, rejected, spans, (select string_agg(reason) from "
        "rejects) as reasons from sources",
        str(export),
        "--format",
        "jsonl",
    )
    row = json.loads(done.stdout)
    assert row["loaded"] == row["spans"] > 2500
    assert (row["rejected"], row["reasons"]) == (1, "damaged_gzip")
    assert "cut off or damaged; what came before was read" in done.stderr


def test_strict_counts_what_was_rejected(tmp_path: Path) -> None:
    export = tmp_path / "traces.jsonl"
    export.write_bytes(GOOD + b"junk\n")
    store = str(tmp_path / "traces.duckdb")
    assert run("load", str(export), "--db", store, "--strict").returncode == 5
    assert run("load", str(export), "--db", store).returncode == 0


def test_one_span_far_ahead_does_not_settle_sessions(tmp_path: Path) -> None:
    export = tmp_path / "traces.jsonl"
    late = 4_070_908_800_000_000_000  # 2099
    future = span(
        9, {"session.id": "z"}, startTimeUnixNano=str(late), endTimeUnixNano=str(late + 1)
    )
    export.write_bytes(line([span(n, {"session.id": "s"}) for n in (1, 2, 3)] + [future]))
    done = run(
        "query",
        "select end_state from sessions where session_id = 's'",
        str(export),
        "--format",
        "csv",
    )
    assert (done.returncode, done.stdout) == (0, "end_state\nopen\n"), done.stderr
