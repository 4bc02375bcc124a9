"""Values that nobody may read in an answer: unique ones are planted, and every answer searched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import REPOSITORY
from tests.ingest.exports import attributes, line, log_line, span

from sessiontrace.catalog import Catalog
from sessiontrace.options import LoadOptions
from sessiontrace.reporting.masking import masked
from sessiontrace.workspace import Workspace, load_store

if TYPE_CHECKING:
    from pathlib import Path

EMAIL = "quintessa.zweig@canary-mail.example"
PERSON = "Xanthippe Quorvex"
PROMPT = "my blood group is zorblatt-negative"
ANSWER = "the plugh frotz is due on Wednesday"
ARGUMENTS = "iban-XQ7788-flibber"
PHONE = "+49 1523 7788991"
CANARIES = (
    EMAIL,
    "quintessa",
    "zweig",
    "Xanthippe",
    "Quorvex",
    "zorblatt",
    "plugh frotz",
    "flibber",
    "7788991",
    "1523",
)
SPOKEN = ("zorblatt", "plugh frotz", "flibber")


def messages(role: str, text: str) -> str:
    return json.dumps([{"role": role, "content": text}] * 3)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Personal values in every place where SDKs put them, in spans that break every rule."""
    spans: list[Any] = []
    for number in range(1, 41):
        spans.append(
            span(
                number,
                {
                    "session.id": f"s{number % 8}",
                    "user.id": (EMAIL, PERSON, PHONE)[number % 3],
                    "user.name": PERSON,
                    "gen_ai.conversation.id": f"c{number % 8}",
                    "gen_ai.request.model": "model",
                    "gen_ai.input.messages": messages("user", PROMPT),
                    "gen_ai.output.messages": messages("assistant", ANSWER),
                    "input.value": PROMPT,
                    "gen_ai.prompt.0.content": PROMPT,
                    "turn.intent": "question",
                    "gen_ai.usage.input_tokens": number,
                },
                events=[
                    {
                        "timeUnixNano": "1790856001000000000",
                        "name": "gen_ai.user.message",
                        "attributes": attributes({"content": PROMPT, "id": 7}),
                    }
                ],
                status={"code": 2, "message": f"cannot bill {EMAIL}"} if number % 5 == 0 else {},
            )
        )
        spans.append(
            span(
                number + 100,
                {
                    "gen_ai.operation.name": "execute_tool",
                    "gen_ai.tool.name": "search",
                    "gen_ai.tool.call.arguments": ARGUMENTS,
                    "gen_ai.tool.call.result": {"answer": ANSWER},
                },
                traceId=f"{number:032x}",
                parentSpanId=f"{number:016x}",
            )
        )
    spans.append({"traceId": 1, "name": PROMPT, EMAIL: PERSON})
    path = tmp_path_factory.mktemp("privacy") / "traces.jsonl"
    said = {
        "body": {"stringValue": PROMPT},
        "attributes": attributes({"session.id": "s1"}),
        "eventName": "gen_ai.user.message",
        "timeUnixNano": "1790856001000000000",
    }
    path.write_bytes(
        line(spans) + log_line([said, {"broken": PROMPT}]) + f"{PROMPT} {EMAIL}\n".encode()
    )
    return path


def say(*arguments: str) -> str:
    """Both streams of one run."""
    done = subprocess.run(
        [sys.executable, "-m", "sessiontrace", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "140"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def assert_silent(text: str) -> None:
    found = [canary for canary in CANARIES if canary.lower() in text.lower()]
    assert found == [], text


@pytest.mark.parametrize("format_", ["table", "json", "csv", "markdown"])
def test_analyses_show_no_person(export: Path, format_: str) -> None:
    text = say("analyze", str(export), "--format", format_)
    assert "s1" in text or len(text) > 500
    assert_silent(text)


def test_analyses_by_a_personal_attribute_show_no_person(export: Path) -> None:
    for by in ("user_id", "user.name", "gen_ai.input.messages"):
        assert_silent(say("analyze", str(export), "--by", by, "--format", "json"))
    by = "by=gen_ai.input.messages"
    assert_silent(say("report", "by_attribute", str(export), "--param", by))


def test_reports_and_notes_show_no_person(export: Path) -> None:
    with Workspace.open([str(export)]) as opened:
        for name in Catalog.load().reports:
            table = masked(opened.report(name))
            assert_silent(f"{name} {table.rows}")
        kept = opened.rows(
            "select reason, detail from rejects union all select code, detail from ingest_notes"
        )
        assert_silent(str(kept))
        assert len(kept) >= 2


def test_queries_show_what_is_there(export: Path) -> None:
    text = say("query", "select distinct user_id from sessions order by 1", str(export))
    assert EMAIL in text


def test_no_content_keeps_lengths_and_ids(export: Path, tmp_path: Path) -> None:
    store = tmp_path / "traces.duckdb"
    load_store([str(export)], store, LoadOptions(keep_content=False))
    whole = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for canary in SPOKEN:
        assert canary.encode() not in whole
    with Workspace.open([str(store)]) as opened:
        everything = "".join(
            str(opened.rows(f'from "{name}"'))
            for (name,) in opened.rows(
                "select table_name from duckdb_tables() union all "
                "select view_name from duckdb_views() where not internal"
            )
        )
        assert [canary for canary in SPOKEN if canary in everything] == []
        assert EMAIL in everything  # an id, not content
        ((kept,),) = opened.rows(f"select attributes from spans where span_id = '{1:016x}'")
        assert json.loads(kept["gen_ai.input.messages.length"]) == len(messages("user", PROMPT))
        assert json.loads(kept["input.value.length"]) == len(PROMPT)
        assert "input.value" not in kept
        assert json.loads(kept["turn.intent"]) == "question"
        ((event,),) = opened.rows(f"select attributes from span_events where span_id = '{1:016x}'")
        assert {key: json.loads(value) for key, value in event.items()} == {
            "content.length": len(PROMPT),
            "id": 7,
        }
        ((call,),) = opened.rows(f"select attributes from spans where span_id = '{101:016x}'")
        assert json.loads(call["gen_ai.tool.call.arguments.length"]) == len(ARGUMENTS)


def test_no_content_changes_no_other_answer(export: Path, tmp_path: Path) -> None:
    with_content, without = tmp_path / "with.duckdb", tmp_path / "without.duckdb"
    load_store([str(export)], with_content, LoadOptions())
    load_store([str(export)], without, LoadOptions(keep_content=False))
    load_store([str(export)], without, LoadOptions(keep_content=False), append=True)
    answers = []
    for store in (with_content, without):
        with Workspace.open([str(store)]) as opened:
            answers.append(
                [
                    opened.rows(f"from {name} order by all")
                    for name in ("sessions", "turns", "llm_calls", "tool_calls", "users", "sources")
                ]
            )
    assert answers[0] == answers[1]
