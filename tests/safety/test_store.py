"""A store file: added to, replaced at once, kept private, and refused when it is not whole."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from tests.conftest import REPOSITORY
from tests.ingest.exports import line, log_line, score, span

from sessiontrace.answers import PUBLIC_TABLES
from sessiontrace.building import ModelSettings
from sessiontrace.errors import NothingReadableError, StoreError, UsageError
from sessiontrace.options import LoadOptions
from sessiontrace.store import Resources
from sessiontrace.workspace import Workspace, load_store

if TYPE_CHECKING:
    from pathlib import Path

COUNTING = ("sources", "rejects", "ingest_notes")
HOUR = LoadOptions(ModelSettings(idle_ns=3600 * 10**9), frozenset({"idle_ns"}))


def chat(number: int, session: str, **members: Any) -> dict[str, Any]:
    return span(number, {"session.id": session, "user.id": f"user of {session}"}, **members)


@pytest.fixture
def exports(tmp_path: Path) -> tuple[Path, Path]:
    """Two files; spans 3 and 4, and a score, are in both."""
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    first.write_bytes(
        line([chat(n, "a") for n in (1, 2)] + [chat(n, "b") for n in (3, 4)])
        + log_line([score(1), score(3)])
    )
    second.write_bytes(
        line([chat(4, "b"), chat(3, "b")], "shop")
        + line([chat(5, "c")], "other")
        + log_line([score(3), score(5)])
        + b"junk\n"
    )
    return first, second


def contents(store: Path) -> dict[str, list[str]]:
    """The rows of every public table as text; what names files is left out."""
    with Workspace.open([str(store)]) as opened:
        found = {}
        for name in PUBLIC_TABLES:
            if name in COUNTING:
                continue
            columns = [row[0] for row in opened.rows(f'describe "{name}"')]
            kept = [f'"{each}"' for each in columns if each not in ("source_id", "span_ord")]
            rows = opened.rows(f'select {", ".join(kept)} from "{name}"')
            found[name] = sorted(map(str, rows))
        return found


def load(store: Path, *paths: Path, append: bool = False, **options: Any) -> list[Any]:
    settings = LoadOptions(resources=Resources(threads=1), **options)
    return load_store([str(path) for path in paths], store, settings, append=append)


def test_two_loads_are_one_load(tmp_path: Path, exports: tuple[Path, Path]) -> None:
    whole, parts = tmp_path / "whole.duckdb", tmp_path / "parts.duckdb"
    load(whole, *exports)
    load(parts, exports[0])
    first = contents(parts)
    assert len(first["spans"]) == 4
    load(parts, exports[1], append=True)
    assert contents(parts) == contents(whole)
    assert {name: len(rows) for name, rows in contents(parts).items()} | {
        "spans": 5,
        "sessions": 3,
        "evaluations": 3,
    } == {name: len(rows) for name, rows in contents(parts).items()}
    with Workspace.open([str(parts)]) as opened:
        account = (
            "select records, loaded, other_signal, rejected, spans_seen, spans, "
            "duplicate_spans, log_records_seen, log_records, duplicate_log_records from sources"
        )
        rows = opened.rows(account)
        assert rows == [(2, 2, 0, 0, 4, 4, 0, 2, 2, 0), (4, 3, 0, 1, 3, 1, 2, 2, 1, 1)]


def test_the_same_file_again_is_nothing_new(tmp_path: Path, exports: tuple[Path, Path]) -> None:
    store, copy = tmp_path / "traces.duckdb", tmp_path / "copy.jsonl"
    load(store, exports[0])
    before = contents(store)
    copy.write_bytes(exports[0].read_bytes())
    sources = load(store, exports[0], copy, append=True)
    assert [source.skipped_as_loaded for source in sources] == [True, True]
    assert contents(store) == before
    with Workspace.open([str(store)]) as opened:
        assert opened.rows("select count(*) from sources") == [(1,)]


def test_only_its_owner_may_read_it(tmp_path: Path, exports: tuple[Path, Path]) -> None:
    store = tmp_path / "traces.duckdb"
    before = os.umask(0)
    try:
        load(store, exports[0])
        store.chmod(0o666)
        load(store, exports[1], append=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    assert sorted(tmp_path.iterdir()) == sorted([*exports, store])


def test_a_link_stays_a_link(tmp_path: Path, exports: tuple[Path, Path]) -> None:
    link = tmp_path / "latest.duckdb"
    link.symlink_to("traces.duckdb")
    load(link, exports[0])
    assert link.is_symlink()
    assert (tmp_path / "traces.duckdb").stat().st_size


@pytest.mark.slow
def test_a_killed_run_leaves_the_old_store(tmp_path: Path, exports: tuple[Path, Path]) -> None:
    store, large = tmp_path / "traces.duckdb", tmp_path / "large.jsonl"
    load(store, exports[0])
    before = store.read_bytes()
    block = b"".join(line([chat(n, f"s{n % 50}")]) for n in range(10, 3000))
    large.write_bytes(block * 10)
    command = [sys.executable, "-m", "sessiontrace", "load", str(large), "--db", str(store)]
    for number, extra in (
        (signal.SIGKILL, ["--append"]),
        (signal.SIGTERM, []),
        (signal.SIGINT, []),
    ):
        with subprocess.Popen(
            [*command, *extra], cwd=REPOSITORY, stderr=subprocess.PIPE
        ) as process:
            deadline = time.monotonic() + 30
            while not list(tmp_path.glob(".traces.duckdb.*/traces.duckdb")):
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.01)
            time.sleep(0.1)
            process.send_signal(number)
            process.wait(30)
            assert process.stderr is not None
            said = process.stderr.read().decode()
        assert store.read_bytes() == before
        assert "Traceback" not in said
        if number == signal.SIGKILL:
            for leftover in tmp_path.glob(".traces.duckdb.*"):
                assert stat.S_IMODE(leftover.stat().st_mode) == 0o700
                leftover.rename(tmp_path.parent / leftover.name)
        else:
            assert process.returncode == 128 + number
            assert list(tmp_path.glob(".*")) == []


def test_settings_of_a_store_stay_unless_others_are_asked_for(
    tmp_path: Path, exports: tuple[Path, Path]
) -> None:
    store = tmp_path / "traces.duckdb"
    load_store([str(exports[0])], store, HOUR)
    with Workspace.open([str(store)]) as opened:
        assert (opened.settings["idle_ns"], opened.notes) == (3600 * 10**9, [])
    load(store, exports[1], append=True)
    with Workspace.open([str(store)]) as opened:
        assert (opened.settings["idle_ns"], opened.notes) == (3600 * 10**9, [])
    before = store.read_bytes()
    asked = LoadOptions(ModelSettings(), frozenset({"idle_ns"}))
    with Workspace.open([str(store)], asked) as opened:
        assert opened.settings["idle_ns"] == ModelSettings().idle_ns
        assert "rebuilt for this run" in opened.notes[0]
    assert store.read_bytes() == before


def test_aliases_of_a_store_stay(tmp_path: Path) -> None:
    export, more, store = (tmp_path / name for name in ("a.jsonl", "b.jsonl", "s.duckdb"))
    export.write_bytes(line([span(1, {"my.session": "one"})]))
    more.write_bytes(line([span(2, {"my.session": "two", "my.user": "u"})]))
    load(store, export, aliases=(("session_id", "my.session"),))
    load(store, more, append=True)
    ids = "select session_id, user_id from sessions order by all"
    with Workspace.open([str(store)]) as opened:
        assert opened.rows(ids) == [("one", None), ("two", None)]
    with Workspace.open([str(store)], LoadOptions(aliases=(("user_id", "my.user"),))) as opened:
        assert opened.rows(ids) == [("one", None), ("two", "u")]


def test_a_store_answers_as_its_files_do(tmp_path: Path, exports: tuple[Path, Path]) -> None:
    store = tmp_path / "traces.duckdb"
    load(store, *exports)
    answers = []
    for paths in ([str(store)], [str(path) for path in exports]):
        done = subprocess.run(
            [sys.executable, "-m", "sessiontrace", "analyze", *paths, "--format", "csv"],
            cwd=REPOSITORY,
            capture_output=True,
            check=True,
        )
        answers.append(done.stdout)
    assert answers[0] == answers[1]


def test_two_may_read_at_once(tmp_path: Path, exports: tuple[Path, Path]) -> None:
    store = tmp_path / "traces.duckdb"
    load(store, exports[0])
    command = [
        sys.executable,
        "-m",
        "sessiontrace",
        "query",
        "from range(300000)",
        "--db",
        str(store),
        "--format",
        "csv",
    ]
    readers = [
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    with Workspace.open([str(store)]):
        for reader in readers:
            out, said = reader.communicate(timeout=60)
            assert (reader.returncode, said) == (0, b"")
            assert out.count(b"\n") == 300_001


def test_one_that_is_open_for_writing_is_refused(
    tmp_path: Path, exports: tuple[Path, Path]
) -> None:
    store = tmp_path / "traces.duckdb"
    load(store, exports[0])
    code = (
        "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(store)],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreError, match="another process has the store open") as raised:
            Workspace.open([str(store)])
        assert raised.value.hint
        with pytest.raises(StoreError, match="another process has the store open"):
            load(store, exports[1], append=True)
        holder.communicate("\n")


def test_only_one_run_adds_at_a_time(
    tmp_path: Path, exports: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "traces.duckdb"
    load(store, exports[0])
    from sessiontrace import filling

    fill = filling.fill

    def add_at_the_same_time(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(filling, "fill", fill)
        with pytest.raises(StoreError, match="another run is adding"):
            load(store, exports[1], append=True)
        return fill(*arguments, **options)

    monkeypatch.setattr(filling, "fill", add_at_the_same_time)
    load(store, exports[1], append=True)
    assert len(contents(store)["spans"]) == 5


def test_what_is_no_whole_store_is_refused(tmp_path: Path, exports: tuple[Path, Path]) -> None:
    store, other, cut = (tmp_path / f"{name}.duckdb" for name in ("store", "other", "cut"))
    load(store, exports[0])
    with duckdb.connect(str(other)) as con:
        con.execute("create table t as select 1")
    with pytest.raises(StoreError, match="not a sessiontrace store"):
        Workspace.open([str(other)])
    whole = store.read_bytes()
    for size in (len(whole) - 1, len(whole) // 2, 20_000, 4096, 100):
        cut.write_bytes(whole[:size])
        with pytest.raises(StoreError, match=r"damaged|not a store") as raised:
            Workspace.open([str(cut)])
        assert raised.value.hint
        with pytest.raises(StoreError):
            load(cut, exports[1], append=True)
        assert cut.read_bytes() == whole[:size]
    with duckdb.connect(str(store)) as con:
        con.execute("update store_meta set value = '999' where key = 'schema_version'")
    for use in (lambda: Workspace.open([str(store)]), lambda: load(store, exports[1], append=True)):
        with pytest.raises(StoreError, match="written by a newer version"):
            use()


def test_a_store_is_no_export_and_an_export_no_store(
    tmp_path: Path, exports: tuple[Path, Path]
) -> None:
    store = tmp_path / "traces.store"
    load(store, exports[0])
    with pytest.raises(UsageError, match="is a store already"):
        load(tmp_path / "new.duckdb", store)
    with pytest.raises(UsageError, match="other paths beside it"):
        Workspace.open([str(store), str(exports[0])])
    before = exports[1].read_bytes()
    with pytest.raises(StoreError, match="is no store"):
        load(exports[1], exports[0])
    assert exports[1].read_bytes() == before
    load(store, tmp_path)  # the folder that the store lies in
    assert len(contents(store)["spans"]) == 5


def test_one_file_that_gives_nothing_is_not_added(
    tmp_path: Path, exports: tuple[Path, Path]
) -> None:
    store, junk = tmp_path / "traces.duckdb", tmp_path / "junk.jsonl"
    load(store, exports[0])
    before = store.read_bytes()
    junk.write_bytes(b"junk\n")
    with pytest.raises(NothingReadableError):
        load(store, junk, append=True)
    assert store.read_bytes() == before


def test_an_export_writes_only_into_its_own_new_folder(
    tmp_path: Path, exports: tuple[Path, Path]
) -> None:
    folder = tmp_path / "it's [a] folder"
    with Workspace.open([str(exports[0])], writable=folder) as opened:
        written = opened.export(folder, "json", ["sessions", "spans"])
        assert dict(written) == {"sessions": 2, "spans": 4}
        assert sorted(path.name for path in folder.iterdir()) == ["sessions.json", "spans.json"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        rows = (folder / "spans.json").read_text().splitlines()
        assert all(json.loads(row)["trace_id"] for row in rows)
        with pytest.raises(UsageError, match="is not empty"):
            opened.export(folder, "json", ["sessions"])
        with pytest.raises(StoreError):
            opened.export(tmp_path / "elsewhere", "csv", ["sessions"])
        assert list((tmp_path / "elsewhere").iterdir()) == []
