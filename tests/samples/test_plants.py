"""Every plant of the sample is found with its switch on, and not with it off.

Rates need more sessions than counts do: 1,000 and 300.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.samples.made import Reports, pick, reports

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[..., Reports]

MANY, FEW = 1000, 300
RATES = ("dropoff_points", "differences", "journey_stages")
COUNTS = ("anti_patterns", "context_pressure", "end_states")
STAGES = ["account_created", "profile_completed", "data_imported", "team_invited", "activated"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Make the reports of an export, each export once."""
    known: dict[tuple[object, ...], Reports] = {}

    def make(sessions: int, *without: str) -> Reports:
        key = (sessions, *without)
        if key not in known:
            options = ["--sessions", str(sessions)]
            options += [word for plant in without for word in ("--without", plant)]
            names = RATES if sessions == MANY else COUNTS
            known[key] = reports(tmp_path_factory.mktemp("plants"), names, *options)
        return known[key]

    return make


# -- what makes people leave -----------------------------------------------------------------------


def test_users_leave_after_a_failed_tool(made: Made) -> None:
    on, off = made(MANY), made(MANY, "tool_error_dropoff")
    found = pick(on["dropoff_points"], dimension="any error", value="yes")
    assert found["low"] > 0.6 and found["excess_low"] > 20
    found = pick(off["dropoff_points"], dimension="any error", value="yes")
    assert found["high"] < 0.4 and found["excess_low"] < 0
    assert pick(on["differences"], attribute="any failed tool")["low"] > 0.1
    assert pick(off["differences"], attribute="any failed tool")["low"] < 0


@pytest.mark.parametrize("band", ["10-30 s", "30 s or more"])
def test_users_leave_after_a_slow_answer(made: Made, band: str) -> None:
    on, off = made(MANY), made(MANY, "slow_answer_dropoff")
    place = {"dimension": "wait for the answer", "value": band}
    found = pick(on["dropoff_points"], **place)
    assert found["low"] > 0.45 and found["excess_low"] > 10
    found = pick(off["dropoff_points"], **place)
    assert found["high"] < 0.4 and found["excess_low"] < 0
    group = {"attribute": "wait for the last answer", "value": band}
    assert pick(on["differences"], **group)["low"] > 0.03
    assert pick(off["differences"], **group)["low"] < 0


def test_the_journey_loses_most_before_one_stage(made: Made) -> None:
    on, off = made(MANY), made(MANY, "journey_stage_loss")
    for export in (on, off):
        rows = [row for row in export["journey_stages"] if row["stage"] in STAGES]
        assert [row["stage"] for row in rows] == STAGES
    kept = {row["stage"]: row for row in on["journey_stages"]}
    assert kept["team_invited"]["step_high"] < 0.45
    for stage in ("profile_completed", "data_imported", "activated"):
        assert kept[stage]["step_low"] > 0.55
    even = {row["stage"]: row for row in off["journey_stages"]}
    for stage in STAGES[1:]:
        assert even[stage]["step_high"] > 0.6


# -- what the export holds or lacks ----------------------------------------------------------------


def test_full_contexts_are_pruned(made: Made) -> None:
    on, off = made(FEW), made(FEW, "context_pruning")
    assert pick(on["context_pressure"], measure="prunes of a conversation")["k"] > 5
    assert pick(off["context_pressure"], measure="prunes of a conversation")["k"] == 0
    share = "context share of a conversation"
    assert pick(on["context_pressure"], measure=share)["max"] > 0.7
    assert pick(off["context_pressure"], measure=share)["max"] < 0.3


@pytest.mark.parametrize(
    ("plant", "name", "at_least"),
    [
        ("raw_email_ids", "user id not hashed", 10),
        ("lost_turn_numbers", "no turn numbers", 50),
        ("full_history", "full history logged", 20),
        ("orphan_traces", "no session linking", 3),
        ("no_dropoff_detection", "no drop-off detection", 20),
    ],
)
def test_an_anti_pattern_is_counted(made: Made, plant: str, name: str, at_least: int) -> None:
    found = pick(made(FEW)["anti_patterns"], anti_pattern=name)
    assert at_least <= found["violations"] < found["checked"]
    assert found["example_span"]
    found = pick(made(FEW, plant)["anti_patterns"], anti_pattern=name)
    assert found["violations"] == 0
    assert found["example_span"] is None


def test_sessions_that_go_on_are_open(made: Made) -> None:
    """Beside the plant that ends sessions silently, which may be open as well."""
    silent, state = "no_dropoff_detection", {"origin": "declared", "state": "open"}
    assert pick(made(FEW, silent)["end_states"], **state)["k"] > 0
    assert pick(made(FEW, silent, "open_sessions")["end_states"], **state)["k"] == 0
