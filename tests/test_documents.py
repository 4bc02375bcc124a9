"""What the documents tell people to write works as it stands there."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import tomllib
from typing import TYPE_CHECKING

import pytest
from tests.conftest import REPOSITORY

from sessiontrace.catalog import Catalog
from sessiontrace.errors import ExitCode

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """Return the code blocks of a document in one language, without their indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", read(name), re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def test_the_report_and_the_rule_of_contributing_are_ones(command: Command, tmp_path: Path) -> None:
    report, rule = blocks("CONTRIBUTING.md", "sql")
    for folder, name, text in (("reports", "first_answer", report), ("rules", "STI001", rule)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.sql").write_text(text, encoding="utf-8")
    catalog = Catalog.load(tmp_path, root=tmp_path / "no built-in ones")
    assert catalog.report("first_answer").columns["share"].unit == "share"
    assert catalog.rule("trace-without-session").code == "STI001"
    sample = "sample_traces/support_chat/traces.jsonl"
    done = command(
        "report", "first_answer", sample, "--queries", str(tmp_path), "--format", "json", "-q"
    )
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    assert len(rows) > 2
    assert all(row["low"] <= row["share"] <= row["high"] for row in rows)


def test_the_readme_lists_the_exit_codes() -> None:
    table = read("README.md").partition("## Exit codes")[2].partition("\n## ")[0]
    documented = {int(code) for code in re.findall(r"\b(\d+)\b(?=[,\d ]*\|)", table)}
    assert documented == {int(code) for code in ExitCode}


def readme_commands() -> list[list[str]]:
    """Every `sessiontrace …` of the README's tables and console blocks, in its order."""
    in_tables = re.findall(r"^\|.*\| `(sessiontrace [^`]+)` \|$", read("README.md"), re.MULTILINE)
    in_blocks = re.findall(
        r"^\$ (sessiontrace .+)$", "".join(blocks("README.md", "console")), re.MULTILINE
    )
    assert len(in_tables) >= 10 and len(in_blocks) >= 4
    return [shlex.split(line)[1:] for line in in_tables + in_blocks]


def test_the_commands_of_the_readme_run(command: Command, tmp_path: Path) -> None:
    """On half of the sample, for time; a path that is not there would end with 2."""
    sample = tmp_path / "sample_traces" / "support_chat"
    sample.mkdir(parents=True)
    shutil.copy(REPOSITORY / "sample_traces" / "support_chat" / "traces.jsonl", sample)
    for arguments in readme_commands():
        done = command(*arguments, cwd=tmp_path)
        assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stderr}"
        assert "warning:" not in done.stderr, f"{shlex.join(arguments)}\n{done.stderr}"
        if not {"-o", "load", "export", "rules"} & set(arguments):
            assert done.stdout.count("\n") > 2, shlex.join(arguments)
    assert (tmp_path / "analysis.json").stat().st_size > 1000
    assert (tmp_path / "tables" / "sessions.parquet").is_file()


def test_the_picture_of_the_readme_is_what_make_demo_prints(command: Command) -> None:
    printed = command("analyze", "sample_traces").stdout.splitlines()
    assert "\n\t$(BIN)/sessiontrace analyze sample_traces\n" in read("Makefile")
    (picture,) = blocks("README.md", "text")
    shown = [line for line in picture.splitlines() if line != "…"]
    assert [line for line in printed if line in shown] == shown


def test_make_and_the_package_are_called_as_the_readme_says() -> None:
    called = "\n".join(blocks("README.md", "sh"))
    assert set(re.findall(r"^make ([a-z-]+)", called, re.MULTILINE)) == {"demo", "test"}
    scripts = tomllib.loads(read("pyproject.toml"))["project"]["scripts"]
    assert set(re.findall(r"(?:--from \.|&&) (sessiontrace) ", called)) == set(scripts)


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"]
)
def test_links_and_make_targets_exist(document: str) -> None:
    text = read(document)
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (REPOSITORY / document).parent.joinpath(target).exists(), target
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets


def test_the_locks_agree_with_the_pins() -> None:
    extras = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
    for extra in ("dev", "oracle"):
        locked = set(read(f"requirements/{extra}.txt").lower().split("\n"))
        assert {pin.lower() for pin in extras[extra]} <= locked
