"""Every session against what the generator of its set counted while the SDK ran."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from tests.conformance.compare import product
from tests.conformance.inputs import label, truths

if TYPE_CHECKING:
    from pathlib import Path

COUNTED = {
    "turns": "n_turns",
    "llm_calls": "n_llm_calls",
    "llm_calls_counted": "n_llm_calls",
    "tool_calls": "n_tool_calls",
    "tool_errors": "n_tool_errors",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
}
SETS = list(truths())
# A request for the number of input tokens is exported as a model call, without any usage.
HAS_OTHER_REQUESTS = {"frameworks/crewai_openinference/traces.jsonl"}


def truth_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def columns_of(traces: Path) -> dict[str, str]:
    if label(traces) in HAS_OTHER_REQUESTS:
        return {field: column for field, column in COUNTED.items() if field != "llm_calls"}
    return COUNTED


def ours_of(traces: Path) -> dict[str, dict[str, int]]:
    load = product(traces)
    assert load is not None
    return {
        name: {field: row[field] or 0 for field in columns_of(traces)}
        for name, row in load["sessions"].items()
    }


def is_as_counted(traces: Path, rows: list[dict[str, str]]) -> bool:
    """Whether every session is as its generator counted; without ids on spans, their sums."""
    columns = columns_of(traces)
    ours = list(ours_of(traces).values())
    wanted = [{field: int(row[column]) for field, column in columns.items()} for row in rows]
    if rows[0]["session_id_on_spans"] == "1":
        names = [row["session_id"] for row in rows]
        return ours_of(traces) == dict(zip(names, wanted, strict=True))
    load = product(traces)
    assert load is not None
    sums = {field: sum(row[field] for row in wanted) for field in columns}
    return not ours and sums == {
        "turns": len(load["turns"]),
        **{name: load[name] for name in ("llm_calls", "llm_calls_counted", "tool_calls")},
        **{
            name: sum(turn[name] or 0 for turn in load["turns"])
            for name in ("tool_errors", "input_tokens", "output_tokens")
        },
    }


@pytest.mark.parametrize(("traces", "truth"), SETS, ids=[label(path) for path, _ in SETS])
def test_every_session_is_what_its_generator_counted(traces: Path, truth: Path) -> None:
    assert is_as_counted(traces, truth_of(truth))


RAISED = [(traces, truth) for traces, truth in SETS if "raised_turns" in truth_of(truth)[0]]


@pytest.mark.parametrize(("traces", "truth"), RAISED, ids=[label(path) for path, _ in RAISED])
def test_users_and_failed_turns_are_those_of_the_generator(traces: Path, truth: Path) -> None:
    load = product(traces)
    assert load is not None
    ours = {name: (row["user_id"], row["failed_turns"]) for name, row in load["sessions"].items()}
    assert ours == {
        row["session_id"]: (row["user_id"], int(row["raised_turns"])) for row in truth_of(truth)
    }
