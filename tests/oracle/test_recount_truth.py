"""The recount against what the generators of four genuine SDK exports counted themselves."""

from __future__ import annotations

import csv
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.oracle.recount import recount
from tests.real_traces import VARIABLE, real_traces

SETS = ["langfuse", "langgraph_langfuse", "langgraph_openinference", "vercel_ai_v6"]
COUNTED = {
    "user_id": "user_id",
    "turns": "n_turns",
    "llm_calls": "n_llm_calls",
    "llm_calls_counted": "n_llm_calls",
    "tool_calls": "n_tool_calls",
    "tool_errors": "n_tool_errors",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "failed_turns": "raised_turns",
}
RENDERINGS = [
    "python_otlp_json_file_exporter.jsonl",
    "python_MessageToJson_wrong_base64_enum_names.json",
    "python_MessageToJson_preserving_names_wrong_snake.jsonl",
]
OTHER_RENDERINGS = [
    "python_console_exporter.json",
    "python_otlp_request.pb",
    "collector_style_length_prefixed.pb",
]


def folder(*parts: str) -> Path:
    """A folder of real traces; the test is skipped, with the reason, where there is none."""
    path = real_traces().joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no real traces at {path}: set {VARIABLE} to the folder that holds them")
    return path


@cache
def load_of(path: Path) -> dict[str, Any]:
    """The recount of one file."""
    load: dict[str, Any] = recount([path])["together"]
    return load


def truth(name: str) -> list[dict[str, str]]:
    """What the generator of a set counted, one row per session."""
    with (folder("sets", name) / "truth.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def text(value: object) -> str:
    """A value as the truth writes it, unknown being empty."""
    return "" if value is None else str(value)


@pytest.mark.parametrize("name", SETS)
def test_every_session_is_counted_as_its_generator_did(name: str) -> None:
    load = load_of(folder("sets", name) / "traces.jsonl")
    columns = ["session_id", *COUNTED]
    recounted = {tuple(text(row[column]) for column in columns) for row in load["sessions"]}
    wanted = {
        tuple(row[column] for column in ["session_id", *COUNTED.values()]) for row in truth(name)
    }
    assert recounted == wanted


@pytest.mark.parametrize("name", SETS)
def test_every_session_lies_within_the_clock_of_its_generator(name: str) -> None:
    """The generator read its clock just outside of the first and the last span."""
    slack = 100_000_000
    sessions = {row["session_id"]: row for row in load_of(_traces(name))["sessions"]}
    for row in truth(name):
        session = sessions[row["session_id"]]
        assert 0 <= session["start_unix_ns"] - int(row["first_turn_start_ns"]) < slack
        assert 0 <= int(row["last_turn_end_ns"]) - session["end_unix_ns"] < slack


@pytest.mark.parametrize("name", SETS)
def test_nothing_is_lost_on_the_way(name: str) -> None:
    load = load_of(_traces(name))
    assert load["records"]["loaded"] == load["records"]["records"]
    assert load["spans"] == load["spans_seen"]
    assert load["orphans"] == []
    for column in ("turns", "tool_calls", "input_tokens", "output_tokens"):
        in_sessions = sum(session[column] for session in load["sessions"])
        assert in_sessions == (len(load["turns"]) if column == "turns" else load[column])


@pytest.mark.parametrize("name", SETS)
def test_declared_turn_numbers_are_the_order_of_the_turns(name: str) -> None:
    for turn in load_of(_traces(name))["turns"]:
        assert turn["turn_index"] == turn["turn_number"]


def test_all_sets_as_one_load_are_the_sum_of_the_sets() -> None:
    together = recount([_traces(name) for name in SETS])["together"]
    alone = [session for name in SETS for session in load_of(_traces(name))["sessions"]]
    assert sorted(together["sessions"], key=_by_id) == sorted(alone, key=_by_id)


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_every_rendering_of_the_same_spans_recounts_identically(rendering: str) -> None:
    """Hex and base64 ids, enum numbers and names, camelCase and snake_case."""
    load = load_of(folder("files") / rendering)
    reference = load_of(folder("files") / RENDERINGS[0])
    shape = ("container", "records")
    assert {key: value for key, value in load.items() if key not in shape} == {
        key: value for key, value in reference.items() if key not in shape
    }
    assert (load["spans"], load["traces"], len(load["sessions"])) == (18, 6, 2)


def test_renderings_of_the_same_spans_add_up_to_one_set_of_spans() -> None:
    together = recount([folder("files") / name for name in RENDERINGS])["together"]
    assert (together["spans_seen"], together["spans"], together["duplicate_spans"]) == (54, 18, 36)
    assert together["sessions"] == load_of(folder("files") / RENDERINGS[0])["sessions"]


@pytest.mark.parametrize("rendering", OTHER_RENDERINGS)
def test_other_containers_are_said_to_be_something_else(rendering: str) -> None:
    load = load_of(folder("files") / rendering)
    assert (load["container"], load["spans"]) == (["not OTLP/JSON"], 0)


def _traces(name: str) -> Path:
    return folder("sets", name) / "traces.jsonl"


def _by_id(session: dict[str, Any]) -> str:
    return str(session["session_id"])
