"""What the documents tell people to write works as it stands there."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from tests.conftest import REPOSITORY

from sessiontrace.catalog import Catalog
from sessiontrace.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """Return the code blocks of a document in one language, without their indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", read(name), re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def test_the_report_and_the_rule_of_contributing_are_ones(tmp_path: Path) -> None:
    report, rule = blocks("CONTRIBUTING.md", "sql")
    for folder, name, text in (("reports", "first_answer", report), ("rules", "STI001", rule)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.sql").write_text(text, encoding="utf-8")
    catalog = Catalog.load(tmp_path, root=tmp_path / "no built-in ones")
    assert catalog.report("first_answer").columns["share"].unit == "share"
    assert catalog.rule("trace-without-session").code == "STI001"


def test_the_readme_lists_the_exit_codes() -> None:
    table = read("README.md").partition("## Exit codes")[2].partition("\n## ")[0]
    documented = {int(code) for code in re.findall(r"\b(\d+)\b(?=[,\d ]*\|)", table)}
    assert documented == {int(code) for code in ExitCode}


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
