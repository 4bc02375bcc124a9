"""Advice names keys that the product reads."""

from __future__ import annotations

import re
import tomllib

import pytest
from tests.conftest import REPOSITORY

REGISTRY = REPOSITORY / "queries" / "registry"
ATTRIBUTES = tomllib.loads((REGISTRY / "attributes.toml").read_text(encoding="utf-8"))
FIXES = tomllib.loads((REGISTRY / "session_fixes.toml").read_text(encoding="utf-8"))
SOURCES = sorted((REPOSITORY / "cli" / "sessiontrace" / "reporting").glob("*.py"))


def keys_of(*names: str) -> set[str]:
    """Return the keys that carry some attributes, all of them by default."""
    return {
        alias if isinstance(alias, str) else alias["key"]
        for name in names or ATTRIBUTES
        for alias in ATTRIBUTES[name]["aliases"]
    }


def test_every_key_that_a_section_names_is_read() -> None:
    pattern = re.compile(r"\b(?:gen_ai|turn|context|journey|session|user)(?:\.[a-z_]+)+")
    events = {"gen_ai.evaluation.result"}
    for source in SOURCES:
        texts = re.findall(r'"[^"\n]*"', source.read_text(encoding="utf-8"))
        for text in texts:
            assert set(pattern.findall(text)) <= keys_of() | events, (source.name, text)


@pytest.mark.parametrize("name", FIXES)
def test_a_fix_sets_a_key_that_gives_a_session(name: str) -> None:
    fix = FIXES[name]
    assert {"title", "key", "code"} <= fix.keys() <= {"title", "key", "code", "scope"}
    key = fix["key"].partition(".")[0] if fix["key"] == "metadata.thread_id" else fix["key"]
    assert key in keys_of("session_id", "conversation_id")
    re.compile(fix.get("scope", ""))
