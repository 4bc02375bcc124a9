"""What the commands say on stderr about an answer, and about a target that cannot be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conftest import REPOSITORY
from tests.ingest.exports import line, span

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]

SAMPLE = REPOSITORY / "sample_traces" / "frameworks" / "langfuse"


def test_load_counts_the_files_that_it_read(command: Command, tmp_path: Path) -> None:
    store = str(tmp_path / "x.duckdb")
    done = command("load", str(SAMPLE), "--db", store)
    assert "left out 4 files that are no export" in done.stderr
    assert f"{store}: 83 spans from 1 file; it holds raw values" in done.stderr


def test_files_that_a_store_holds_are_counted_when_they_are_many(
    command: Command, tmp_path: Path
) -> None:
    folder, store = tmp_path / "exports", str(tmp_path / "x.duckdb")
    folder.mkdir()
    for number in range(1, 5):
        (folder / f"{number}.jsonl").write_bytes(line([span(number)]))
    assert "4 spans from 4 files" in command("load", str(folder), "--db", store).stderr
    again = command("load", str(folder), "--db", store, "--append").stderr
    assert "4 files are already in the store, skipped" in again
    assert "0 spans from 0 files" in again
    one = command("load", str(folder / "1.jsonl"), "--db", store, "--append").stderr
    assert "1.jsonl: already in the store, skipped" in one


@pytest.mark.parametrize("arguments", [["analyze"], ["report", "end_states"]])
def test_a_goal_that_nobody_meets_is_a_warning(command: Command, arguments: list[str]) -> None:
    export = str(SAMPLE / "traces.jsonl")
    typo = command(*arguments, export, "--goal", "tool = lookup_odrer")
    assert typo.returncode == 0
    assert "warning: --goal 'tool = lookup_odrer': no session meets it" in typo.stderr
    assert command(*arguments, export, "--goal", "tool = lookup_order").stderr == ""


def test_query_says_that_texts_are_raw(command: Command) -> None:
    export = str(SAMPLE / "traces.jsonl")
    texts = "select user_id from users"
    assert "raw values" in command("query", texts, export).stderr
    assert command("query", texts, export, "--quiet").stderr == ""
    assert command("query", "select count(*) as n from users", export).stderr == ""


def test_rules_without_one_say_how_to_bring_some(command: Command) -> None:
    done = command("rules")
    assert done.returncode == 0
    if not any((REPOSITORY / "queries" / "rules").glob("*.sql")):
        assert "--queries DIR" in done.stderr


def test_a_target_that_is_no_file_has_a_remedy(command: Command, tmp_path: Path) -> None:
    done = command("reports", "-o", str(tmp_path))
    assert done.returncode == 2
    assert "Is a directory\n  help: give the name of a file in it" in done.stderr


@pytest.mark.parametrize("name", ["load", "query", "report", "analyze"])
def test_usage_names_paths_once(command: Command, name: str) -> None:
    usage = command(name, "--help").stdout.splitlines()[0]
    assert usage.endswith(("{PATH}...", "[PATH]..."))
