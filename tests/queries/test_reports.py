"""Every report on tables filled by hand: the numbers, the empty store, the header."""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.queries.tables import CATALOG, Row, Tables, at, ns, pick, report, store

from sessiontrace.binding import bind, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

REPORTS = sorted(CATALOG.reports)
ROLES = {"group", "value", "k", "n", "low", "high", "unit", "text"}
INTENTS = ["refund", "invoice", "greeting"]


def is_slow(i: int) -> bool:
    return i % 4 == 1


def made_sessions() -> list[Row]:
    """Sixty sessions; every third of the settled ones is dropped, every twelfth is still open."""
    rows = []
    for i in range(60):
        turns = 1 + i % 5
        is_open = i % 12 == 0
        is_dropped = i % 3 == 1
        state = "open" if is_open else "timeout" if is_dropped else "converted"
        rows.append(
            {
                "session_id": f"inferred:t{i}" if i % 10 == 9 else f"s{i:02}",
                "session_source": "inferred" if i % 10 == 9 else "declared",
                "user_id": f"u{i % 7}" if i % 6 else None,
                "type": "batch" if i >= 57 else "chat",
                "channel": ["web", "mobile", "api", None][i // 2 % 4],
                "start_time": at(600 * i),
                "end_time": at(600 * i + 10 * turns),
                "wall_ms": 10_000.0 * turns,
                "active_ms": 9_000.5 * turns,
                "turns": turns,
                "llm_calls": turns,
                "tool_calls": 0,
                "total_tokens": 100 * turns if i % 2 else None,
                "cost_usd": "0.000000001" if i % 2 else None,
                "errors": int(is_dropped),
                "end_state": state,
                "is_dropped": False if is_open else is_dropped,
                "is_censored": is_open,
                "last_turn_index": turns,
                "last_intent": INTENTS[(i + turns) % 3],
                "last_wait_ms": 20_000.0 if is_slow(i) else 500.0,
                "satisfaction": 0.25 * (i % 5) if i % 2 else None,
            }
        )
    return rows


def made_turns() -> list[Row]:
    return [
        {
            "turn_id": f"{session['session_id']}/{index}",
            "trace_id": f"trace-{session['session_id']}-{index}",
            "session_id": session["session_id"],
            "user_id": session["user_id"],
            "turn_index": index,
            "start_time": at(600 * i + 10 * index),
            "start_unix_ns": ns(600 * i + 10 * index),
            "end_unix_ns": ns(600 * i + 10 * index + 2),
            "duration_ms": session["last_wait_ms"] if index == session["turns"] else 500.0,
            "intent": INTENTS[(i + index) % 3],
            "context_share": 0.2 * index if i % 2 else None,
            "is_error": session["errors"] > 0 and index == session["turns"],
        }
        for i, session in enumerate(made_sessions())
        for index in range(1, session["turns"] + 1)
    ]


SESSIONS = made_sessions()
CHATS = [row for row in SESSIONS if row["type"] != "batch"]
SETTLED = [row for row in CHATS if not row["is_censored"]]
TURNS = made_turns()


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    tables: Tables = {
        "sessions": SESSIONS,
        "turns": TURNS,
        "groups": [
            {"session_id": row["session_id"], "name": "channel", "value": row["channel"]}
            for row in SESSIONS
            if row["channel"]
        ],
    }
    with store(tables) as con:
        yield con


# ------------------------------------------------------------------------------
# What holds for every report
# ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REPORTS)
def test_a_file_keeps_the_rules_of_its_folder(name: str) -> None:
    file = CATALOG.report(name)
    CATALOG.check([file])
    assert file.text("section")
    assert {note.role for note in file.columns.values()} <= ROLES
    for role in ("k", "n", "low", "high", "unit"):
        assert sum(note.role == role for note in file.columns.values()) <= 1


@pytest.mark.parametrize("name", REPORTS)
def test_the_header_describes_exactly_the_columns(
    con: duckdb.DuckDBPyConnection, name: str
) -> None:
    file = CATALOG.report(name)
    cursor = con.execute(*bind(file, {}))
    assert [column[0] for column in cursor.description or ()] == list(file.columns)


@pytest.mark.parametrize("name", REPORTS)
def test_counts_are_bigint_and_shares_double(con: duckdb.DuckDBPyConnection, name: str) -> None:
    file = CATALOG.report(name)
    types = dict(row[:2] for row in con.execute(f"describe {literal(file, {})}").fetchall())
    for note in file.columns.values():
        if note.role in ("k", "n"):
            assert types[note.name] == "BIGINT", note.name
        if note.role in ("low", "high") or note.unit in ("share", "ms", "usd"):
            assert types[note.name] == "DOUBLE", note.name
        assert types[note.name] not in ("HUGEINT", "INTEGER"), note.name


@pytest.mark.parametrize("name", REPORTS)
def test_an_empty_store_is_no_error(name: str) -> None:
    with store() as con:
        for row in report(con, name):
            assert all(value != value or value in (None, 0) for value in _numbers(row)), row


def _numbers(row: Row) -> list[object]:
    return [value for value in row.values() if isinstance(value, int | float)]


def test_threads_and_the_order_of_rows_change_nothing() -> None:
    answers = []
    for threads, step in ((1, 1), (2, -1), (8, 1)):
        with store({"sessions": SESSIONS[::step], "turns": TURNS[::step]}) as con:
            con.execute(f"set threads = {threads}")
            con.execute("set preserve_insertion_order = false")
            answers.append({name: report(con, name) for name in REPORTS})
    assert answers[0] == answers[1] == answers[2]


# ------------------------------------------------------------------------------
# Sessions
# ------------------------------------------------------------------------------


def test_length_is_measured_over_sessions_that_people_had(con: duckdb.DuckDBPyConnection) -> None:
    rows = report(con, "session_length")
    for origin in ("declared", "inferred"):
        all_of = [row for row in SESSIONS if row["session_source"] == origin]
        chats = [row for row in all_of if row["type"] != "batch"]
        lengths = sorted(row["turns"] for row in chats)
        row = pick(rows, origin=origin, measure="turns")
        cuts = statistics.quantiles(lengths, n=100, method="inclusive")
        assert row["n"] == len(chats)
        assert (row["p50"], row["p90"], row["p99"]) == pytest.approx((cuts[49], cuts[89], cuts[98]))
        assert (row["max"], row["total"]) == (max(lengths), sum(lengths))
        assert row["mean"] == pytest.approx(statistics.fmean(lengths))

        row = pick(rows, origin=origin, measure="sessions")
        assert (row["k"], row["n"]) == (len(chats), len(all_of))
        row = pick(rows, origin=origin, measure="one-turn sessions")
        assert (row["k"], row["n"]) == (lengths.count(1), len(chats))
        row = pick(rows, origin=origin, measure="users")
        assert row["k"] == sum(chat["user_id"] is not None for chat in chats)
        assert row["total"] == len({chat["user_id"] for chat in chats} - {None})


def test_what_is_unknown_is_left_out_and_not_zero(con: duckdb.DuckDBPyConnection) -> None:
    rows = report(con, "session_length")
    known = [row for row in CHATS if row["total_tokens"] and row["session_source"] == "declared"]
    row = pick(rows, origin="declared", measure="total tokens")
    assert (row["n"], row["total"]) == (len(known), sum(each["total_tokens"] for each in known))
    row = pick(rows, origin="declared", measure="cost")
    assert row["total"] == pytest.approx(len(known) * 1e-9, abs=1e-15)
    row = pick(rows, origin="declared", measure="agent runs")
    assert (row["n"], row["p50"], row["total"]) == (0, None, None)


def test_end_states_leave_open_sessions_out_of_every_share(con: duckdb.DuckDBPyConnection) -> None:
    rows = [row for row in report(con, "end_states") if row["origin"] == "declared"]
    chats = [row for row in CHATS if row["session_source"] == "declared"]
    states = Counter(row["end_state"] for row in chats)
    settled = len(chats) - states["open"]
    for state in ("converted", "escalated", "error", "ended", "timeout"):
        row = pick(rows, measure="end state", state=state)
        assert (row["k"], row["n"]) == (states[state], settled)
    row = pick(rows, state="open")
    assert (row["measure"], row["k"], row["n"]) == ("censored", states["open"], len(chats))
    row = pick(rows, state="dropped")
    assert (row["k"], row["n"]) == (states["timeout"], settled)
    assert row["low"] < row["share"] < row["high"]


def test_sessions_without_a_goal_are_counted_and_not_judged() -> None:
    reasons = [("sunset", None), *[("user_exit", "user_exit")] * 4]
    tables: Tables = {
        "sessions": [
            {
                "session_id": f"s{i}",
                "end_state": "ended",
                "end_reason": reason,
                "end_class": end_class,
                "is_censored": False,
                "is_dropped": None if i < 3 else True,
            }
            for i, (reason, end_class) in enumerate(reasons)
        ]
    }
    with store(tables) as con:
        rows = report(con, "end_states")
    assert (pick(rows, state="dropped")["k"], pick(rows, state="dropped")["n"]) == (2, 2)
    row = pick(rows, state="no goal known")
    assert (row["k"], row["n"], row["note"]) == (3, 5, "set --goal to judge them")
    assert pick(rows, state="user_exit")["note"] is None
    row = pick(rows, state="sunset")
    assert (row["measure"], row["k"], row["n"]) == ("end reason", 1, 5)
    assert row["note"].startswith("not in the list")


def test_session_list_is_in_order_and_can_be_cut(con: duckdb.DuckDBPyConnection) -> None:
    everything = report(con, "sessions")
    assert [row["session_id"] for row in everything] == [row["session_id"] for row in SESSIONS]
    assert report(con, "sessions", max_rows=3) == everything[:3]


def test_turns_of_a_session_show_the_gaps(con: duckdb.DuckDBPyConnection) -> None:
    rows = report(con, "session_turns", session_id="s04")
    assert [row["turn_index"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["gap_ms"] for row in rows] == [None, 8000, 8000, 8000, 8000]


def test_values_of_an_attribute_add_up_to_all_sessions(con: duckdb.DuckDBPyConnection) -> None:
    rows = report(con, "by_attribute", by="channel")
    assert sum(row["sessions"] for row in rows) == len(CHATS)
    mobile = [row for row in CHATS if row["channel"] == "mobile"]
    row = pick(rows, value="mobile")
    assert row["sessions"] == len(mobile)
    assert row["timeout"] == sum(each["end_state"] == "timeout" for each in mobile)
    assert row["turns_p50"] == statistics.median(each["turns"] for each in mobile)
    settled = [each for each in mobile if not each["is_censored"]]
    assert row["judged_n"] == len(settled)
    assert row["dropped_k"] == sum(each["is_dropped"] for each in settled)


def test_an_attribute_nobody_has_leaves_one_group(con: duckdb.DuckDBPyConnection) -> None:
    rows = report(con, "by_attribute", by="shoe_size")
    assert [(row["name"], row["value"], row["sessions"]) for row in rows] == [
        ("shoe_size", None, len(CHATS))
    ]


# ------------------------------------------------------------------------------
# Drop-off
# ------------------------------------------------------------------------------


def test_drop_off_points_count_the_last_turn_among_all_that_met_it(
    con: duckdb.DuckDBPyConnection,
) -> None:
    rows = report(con, "dropoff_points")
    assert {row["basis"] for row in rows} == {"dropped"}
    dropped = [row for row in SETTLED if row["is_dropped"]]
    turns = {row["session_id"]: set[str]() for row in SETTLED}
    for turn in TURNS:
        if turn["session_id"] in turns:
            turns[turn["session_id"]].add(turn["intent"])
    for intent in INTENTS:
        row = pick(rows, dimension="intent", value=intent)
        assert row["k"] == sum(each["last_intent"] == intent for each in dropped)
        assert row["n"] == sum(intent in intents for intents in turns.values())
        assert row["rate"] == pytest.approx(row["k"] / row["n"])
        assert row["share"] == pytest.approx(row["k"] / len(dropped))
    for index in range(1, 6):
        ended_here = sum(each["turns"] == index for each in dropped)
        if ended_here:
            row = pick(rows, dimension="turn", value=str(index))
            assert row["k"] == row["dropped"] == ended_here
            assert row["n"] == sum(each["turns"] >= index for each in SETTLED)


def test_lift_and_excess_compare_with_the_other_values(con: duckdb.DuckDBPyConnection) -> None:
    rows = [row for row in report(con, "dropoff_points") if row["dimension"] == "any error"]
    failed = pick(rows, value="yes")
    # Every dropped session ends on a failed turn, and no other session has one.
    dropped = sum(row["is_dropped"] for row in SETTLED)
    assert (failed["k"], failed["n"], failed["rate"]) == (dropped, dropped, 1)
    assert failed["lift"] is None  # the others' rate is 0
    assert failed["excess"] == failed["k"]
    assert failed["rank"] == 1


def one_turn_session(i: int, **columns: object) -> Row:
    return {
        "session_id": f"s{i:02}",
        "end_state": "ended",
        "is_censored": False,
        "last_turn_index": 1,
        **columns,
    }


def test_lift_and_excess_of_two_values_by_hand() -> None:
    sessions = [
        one_turn_session(i, last_intent="ab"[i // 10], is_dropped=i < 6 or i in (10, 11))
        for i in range(20)
    ]
    turns = [
        {"session_id": row["session_id"], "turn_index": 1, "intent": row["last_intent"]}
        for row in sessions
    ]
    with store({"sessions": sessions, "turns": turns}) as con:
        rows = report(con, "dropoff_points")
    first, second = (row for row in rows if row["dimension"] == "intent")
    # 6 of 10 against 2 of 10: three times the rate, four sessions more than two of ten.
    assert (first["value"], first["k"], first["n"], first["rank"]) == ("a", 6, 10, 1)
    assert (first["lift"], first["excess"], first["share"]) == (3, 4, 0.75)
    assert first["excess_low"] == pytest.approx(10 * first["low"] - 2)
    assert (second["value"], second["k"], second["rank"]) == ("b", 2, 2)
    assert (second["lift"], second["excess"]) == (pytest.approx(1 / 3), -4)


def test_the_surest_excess_leads_the_list(con: duckdb.DuckDBPyConnection) -> None:
    rows = report(con, "dropoff_points")
    ranked = [row["excess_low"] for row in rows if row["rank"] and row["excess_low"] is not None]
    assert ranked == sorted(ranked, reverse=True)
    assert rows[0]["dimension"] == "any error"


def test_without_outcomes_the_settled_ends_are_ranked() -> None:
    sessions = [
        one_turn_session(
            i, last_tool="search" if i < 8 else None, is_dropped=True if i < 2 else None
        )
        for i in range(20)
    ]
    sessions.append(one_turn_session(20, end_state="open", is_censored=True, last_tool="search"))
    turns = [
        {"session_id": row["session_id"], "turn_index": 1, "last_tool": row.get("last_tool")}
        for row in sessions
    ]
    with store({"sessions": sessions, "turns": turns}) as con:
        rows = report(con, "dropoff_points")
        forced = report(con, "dropoff_points", basis="dropped")
    row = pick(rows, dimension="tool", value="search")
    assert (row["basis"], row["k"], row["n"], row["dropped"]) == ("settled end", 8, 8, 2)
    assert pick(rows, dimension="tool", value="none")["n"] == 12
    assert pick(rows, dimension="intent")["value"] is None
    assert pick(rows, dimension="intent")["rank"] is None
    row = pick(forced, dimension="tool", value="search")
    assert (row["basis"], row["k"], row["n"], row["rank"]) == ("dropped", 2, 2, None)


def test_success_and_drop_off_are_compared_attribute_by_attribute(
    con: duckdb.DuckDBPyConnection,
) -> None:
    rows = report(con, "differences")
    dropped = [row for row in SETTLED if row["is_dropped"]]
    others = [row for row in SETTLED if not row["is_dropped"]]
    row = pick(rows, attribute="any error")
    assert (row["dropped_k"], row["dropped_n"]) == (len(dropped), len(dropped))
    assert (row["succeeded_k"], row["succeeded_n"]) == (0, len(others))
    assert row["difference"] == 1
    assert row == rows[0]
    row = pick(rows, attribute="channel", value="mobile")
    assert row["dropped_k"] == sum(each["channel"] == "mobile" for each in dropped)
    assert row["dropped_n"] == sum(each["channel"] is not None for each in dropped)
    assert row["low"] < row["difference"] < row["high"]
    # Two classes of waiting, one the mirror of the other.
    waits = [row for row in rows if row["attribute"] == "wait for the last answer"]
    assert len(waits) == 1
    assert waits[0]["difference"] > 0
    assert {row["comparisons"] for row in rows} == {len(rows)}
    nearest_to_zero = [max(row["low"], -row["high"], 0.0) for row in rows]
    assert nearest_to_zero == sorted(nearest_to_zero, reverse=True)


def test_a_value_in_four_sessions_is_not_compared() -> None:
    def sessions(rare: int) -> list[Row]:
        return [
            {"session_id": f"s{i}", "is_censored": False, "end_state": "ended",
             "is_dropped": i < 10, "locale": "no" if i < rare else "de", "service_name": "shop"}
            for i in range(20)
        ]  # fmt: skip

    with store({"sessions": sessions(4)}) as con:
        assert report(con, "differences") == []
    with store({"sessions": sessions(5)}) as con:
        rows = report(con, "differences")
    # "de" is the mirror of "no", and every session has the service: one comparison.
    assert [(row["value"], row["dropped_k"], row["comparisons"]) for row in rows] == [("no", 5, 1)]


# ------------------------------------------------------------------------------
# Journeys
# ------------------------------------------------------------------------------


def journey(
    paths: dict[str, str], numbers: str = "abc", converted: str = "", **columns: object
) -> list[Row]:
    """Rows of journey_stages: for each session its stages in order, ten seconds apart."""
    return [
        {
            "session_id": session,
            "journey": "onboarding",
            "stage": stage,
            "stage_number": numbers.index(stage) + 1 if numbers else None,
            "reached_unix_ns": ns(10 * place),
            "is_converted": session in converted,
            "converted_unix_ns": ns(50) if session in converted else None,
            **columns,
        }
        for session, stages in paths.items()
        for place, stage in enumerate(stages)
    ]


def test_a_stage_counts_only_after_the_stage_before() -> None:
    paths = {"s1": "abc", "s2": "ab", "s3": "ac", "s4": "bc", "s5": "acb", "s6": "a"}
    sessions = [
        {"session_id": session, "is_censored": session == "s6", "end_state": "ended"}
        for session in paths
    ]
    with store({"sessions": sessions, "journey_stages": journey(paths)}) as con:
        rows = report(con, "journey_stages")
    assert [(row["stage"], row["stage_number"]) for row in rows] == [("a", 1), ("b", 2), ("c", 3)]
    # b: s1, s2 and s5; c: s1 only, because s5 was there before b.
    assert [row["k"] for row in rows] == [5, 3, 1]
    assert [row["n"] for row in rows] == [5, 5, 5]
    assert [row["step_n"] for row in rows] == [None, 5, 3]
    # s4 missed a; s3, s4 and s5 are at c out of order.
    assert [row["skipped"] for row in rows] == [0, 1, 3]
    # Left at a: s3; s6 is open. Left at b: s2 and s5. Who left at c is not known.
    assert [row["dropped"] for row in rows] == [1, 2, None]
    assert [row["still_open"] for row in rows] == [1, 0, None]
    # s1 and s2 took 10 s from a to b, s5 20 s.
    assert [row["p50_ms"] for row in rows] == [None, 10_000, 10_000]
    assert {row["warning"] for row in rows} == {None}


def test_conversions_close_the_funnel_where_the_export_has_them() -> None:
    paths = {"s1": "abc", "s2": "abc", "s3": "ab", "s4": "a"}
    tables: Tables = {
        "sessions": [{"session_id": session, "is_censored": False} for session in paths],
        "journey_stages": [
            *journey(paths, converted="s1 s3"),
            # A conversion on a span that names no stage is no stage of its own.
            {**journey({"s1": "c"}, converted="s1")[0], "stage": "converted", "stage_number": None},
        ],
    }
    with store(tables) as con:
        rows = report(con, "journey_stages")
    assert [row["stage"] for row in rows] == ["a", "b", "c", "converted"]
    assert [row["k"] for row in rows] == [4, 3, 2, 1]
    last = rows[-1]
    assert (last["stage_number"], last["skipped"], last["p50_ms"]) == (None, 1, 30_000)
    # s3 converted without c: it skipped, and is not dropped at b.
    assert [row["dropped"] for row in rows] == [1, 0, 1, None]


@pytest.mark.parametrize(
    ("numbers", "changes", "warning"),
    [
        ("", {}, "stage numbers missing: ordered by median first time"),
        ("cba", {"stage_number": 1}, "stage numbers conflict: ordered by median first time"),
        ("abc", {"total_stages": 5}, "3 of 5 stages seen"),
        ("abc", {"total_stages": 3}, None),
    ],
)
def test_stages_without_usable_numbers_go_by_time(
    numbers: str, changes: Row, warning: str | None
) -> None:
    paths = {"s1": "abc", "s2": "abc"}
    tables: Tables = {
        "sessions": [{"session_id": session, "is_censored": False} for session in paths],
        "journey_stages": journey(paths, numbers, **changes),
    }
    with store(tables) as con:
        rows = report(con, "journey_stages")
    assert [(row["stage_number"], row["stage"]) for row in rows] == [(1, "a"), (2, "b"), (3, "c")]
    assert {row["warning"] for row in rows} == {warning}


def test_one_journey_can_be_asked_for_and_batch_sessions_have_none() -> None:
    stages = [
        *journey({"s1": "ab", "s2": "a"}),
        {"session_id": "s1", "journey": "checkout", "stage": "x", "reached_unix_ns": ns(0)},
    ]
    sessions = [
        {"session_id": "s1", "is_censored": False},
        {"session_id": "s2", "is_censored": False, "type": "batch"},
    ]
    with store({"sessions": sessions, "journey_stages": stages}) as con:
        assert [row["journey"] for row in report(con, "journey_stages", journey="checkout")] == [
            "checkout"
        ]
        rows = report(con, "journey_stages", journey="onboarding")
    assert [row["k"] for row in rows] == [1, 1]


# ------------------------------------------------------------------------------
# Context and quality
# ------------------------------------------------------------------------------


def test_context_pressure_counts_turns_above_the_limit(con: duckdb.DuckDBPyConnection) -> None:
    rows = report(con, "context_pressure")
    shares = [turn["context_share"] for turn in TURNS if turn["context_share"] is not None]
    row = pick(rows, measure="turns above 0.8")
    assert (row["k"], row["n"]) == (sum(share > 0.8 for share in shares), len(shares))
    bands = [row for row in rows if row["measure"] == "context share by turn"]
    assert [row["band"] for row in bands] == ["1", "2-3", "4-6"]
    assert sum(row["n"] for row in bands) == len(shares)
    assert bands[0]["p50"] == 0.2


def test_context_pressure_sums_what_was_pruned() -> None:
    tables: Tables = {
        "sessions": [{"session_id": "s1"}],
        "conversations": [
            {"session_id": "s1", "conversation_id": "c1", "max_context_share": 0.9, "prunes": 2,
             "messages_pruned": 11},
            {"session_id": "s1", "conversation_id": "c2", "max_context_tokens": 70, "prunes": 0},
            {"session_id": "s1", "conversation_id": "c3"},
            {"session_id": "elsewhere", "conversation_id": "c4", "prunes": 9},
        ],
    }  # fmt: skip
    with store(tables) as con:
        rows = report(con, "context_pressure")
    row = pick(rows, measure="conversations with context data")
    assert (row["k"], row["n"]) == (2, 3)
    row = pick(rows, measure="prunes of a conversation")
    assert (row["k"], row["n"], row["total"]) == (1, 2, 2)
    row = pick(rows, measure="messages pruned of a conversation")
    assert (row["n"], row["total"]) == (1, 11)


def test_satisfaction_is_shown_by_end_state(con: duckdb.DuckDBPyConnection) -> None:
    rows = report(con, "quality")
    for state in ("timeout", "converted"):
        scores = [
            row["satisfaction"]
            for row in SESSIONS
            if row["end_state"] == state and row["satisfaction"] is not None
        ]
        row = pick(rows, measure="satisfaction", item=state)
        assert row["n"] == len(scores)
        assert row["p50"] == pytest.approx(statistics.median(scores))
        assert row["mean"] == pytest.approx(statistics.fmean(scores))
    row = pick(rows, measure="coverage", name="user_satisfaction")
    assert (row["k"], row["n"]) == (30, 60)


def test_scores_and_labels_are_counted_by_evaluation() -> None:
    tables: Tables = {
        "sessions": [{"session_id": "s1"}, {"session_id": "s2"}, {"session_id": "s3"}],
        "evaluations": [
            {"session_id": "s1", "name": "helpful", "score": 0.5, "label": "yes"},
            {"session_id": "s1", "name": "helpful", "score": 1.0, "label": "yes"},
            {"session_id": "s2", "name": "helpful", "score": float("nan"), "label": "no"},
            {"session_id": None, "name": "helpful", "score": 0.0, "label": "no"},
        ],
    }
    with store(tables) as con:
        rows = report(con, "quality")
    row = pick(rows, measure="score", name="helpful")
    assert (row["n"], row["mean"], row["p50"]) == (2, 0.75, 0.75)
    row = pick(rows, measure="label", item="yes")
    assert (row["k"], row["n"]) == (2, 3)
    row = pick(rows, measure="coverage", name="helpful")
    assert (row["k"], row["n"]) == (2, 3)
    row = pick(rows, item="scores without a session")
    assert (row["k"], row["n"]) == (1, 4)


# ------------------------------------------------------------------------------
# Input and anti-patterns
# ------------------------------------------------------------------------------


def test_input_accounts_for_files_spans_and_sessions_of_spans() -> None:
    origins = ["own:session.id", "own:session.id", "root:session.id", "resource:session.id", None]
    spans = [
        {"trace_id": f"t{i % 3}", "span_id": f"x{i}", "start_unix_ns": ns(i),
         "end_unix_ns": ns(i + 1), "service_name": "shop", "convention": "otel" if i else None,
         "session_id": "s1" if source else None, "session_id_source": source}
        for i, source in enumerate(origins)
    ]  # fmt: skip
    tables: Tables = {
        "sources": [
            {"path": "a", "bytes": 2**62, "records": 5, "rejected": 2, "spans_seen": 9,
             "duplicate_spans": 3, "rejected_spans": 1},
            {"path": "b", "bytes": 2**61, "records": 1, "rejected": 0, "spans_seen": 0},
        ],
        "trace_facts": [
            {"trace_id": "t0", "side_task": "titles"},
            {"trace_id": "t1", "side_task": "titles", "turn_rule": "name"},
        ],
        "rejects": [{"reason": "not JSON"}, {"reason": "not JSON"}, {"reason": "no id"}],
        "spans": spans,
        "turns": [
            {"trace_id": "t0", "session_id": "s1"},
            {"trace_id": "t1", "session_id": "inferred:t1"},
            {"trace_id": "t2", "session_id": None},
        ],
    }  # fmt: skip
    with store(tables) as con:
        rows = report(con, "input", horizon_unix_ns=ns(99))
    assert pick(rows, measure="files")["value"] == 2
    assert pick(rows, measure="bytes")["value"] == 2**62
    counts = {(row["measure"], row["item"]): (row["k"], row["n"]) for row in rows}
    assert counts["files with spans", None] == (1, 2)
    assert counts["rejected records", None] == (2, 5)
    assert counts["rejected records of all files", None] == (2, 6)
    assert counts["reject reason", "not JSON"] == (2, 3)
    assert counts["duplicate spans", None] == (3, 9)
    assert counts["rejected spans", None] == (1, 9)
    assert counts["traces with a turn", None] == (3, 3)
    assert counts["orphan traces", None] == (1, 3)
    assert counts["traces in an inferred session", None] == (1, 3)
    assert counts["session of a span", "native"] == (2, 5)
    assert counts["session of a span", "inherited"] == (1, 5)
    assert counts["session of a span", "resource"] == (1, 5)
    assert counts["session of a span", "missing"] == (1, 5)
    assert counts["spans by convention", "otel"] == (4, 5)
    assert counts["spans by convention", None] == (1, 5)
    assert counts["traces left out as side tasks", "titles"] == (1, 3)
    assert counts["spans that end before they start", None] == (0, 5)
    assert pick(rows, measure="first span")["value"] == ns(0)
    assert pick(rows, measure="last span")["value"] == ns(5)
    assert pick(rows, measure="horizon")["value"] == ns(99)


def content(turn: int, **columns: object) -> Row:
    return {"rank": turn, "trace_id": f"t{turn}", "span_id": f"x{turn}", "session_id": "s1",
            "turn_index": turn, "key": "gen_ai.input.messages", **columns}  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "violations"),
    [
        ([content(turn, user_messages=1, messages=2, bytes=90) for turn in range(1, 6)], 0),
        ([content(turn, user_messages=turn, messages=2 * turn) for turn in range(1, 6)], 4),
        # Roles are unknown: two messages more each turn.
        ([content(turn, messages=2 * turn) for turn in range(1, 4)], 2),
        ([content(turn, messages=2 * turn) for turn in range(1, 3)], 0),
        ([content(turn, messages=turn) for turn in range(1, 6)], 0),
        # Texts: bytes grow with every turn, to more than three times the start.
        ([content(turn, bytes=100 * turn) for turn in range(1, 6)], 4),
        ([content(turn, bytes=100 * turn) for turn in range(1, 5)], 0),
        ([content(turn, bytes=100 + turn) for turn in range(1, 9)], 0),
        ([content(turn, bytes=100 * turn if turn != 3 else 100) for turn in range(1, 9)], 0),
        # Nothing can be said about what belongs to no session, beyond the message count.
        ([content(turn, bytes=100 * turn, session_id=None) for turn in range(1, 6)], 0),
        ([content(1, user_messages=2, session_id=None)], 1),
    ],
)
def test_a_log_that_grows_with_the_conversation_is_full_history(
    rows: list[Row], violations: int
) -> None:
    with store({"sessions": [{"session_id": "s1"}], "content_spans": rows}) as con:
        found = report(con, "anti_patterns")[0]
    assert (found["violations"], found["checked"]) == (violations, len(rows))
    assert (found["example_note"] is not None) == (violations > 0)


def anti_pattern_tables() -> Tables:
    jane, digest = "jane@example.com", "f" * 40
    return {
        "sessions": [
            {"session_id": "s1", "session_source": "declared", "user_id": jane, "channel": "web",
             "is_censored": False, "has_end": False, "last_turn_index": 1, "end_unix_ns": 10},
            {"session_id": "s2", "session_source": "declared", "user_id": digest, "channel": "app",
             "is_censored": False, "has_end": True, "last_turn_index": 1, "end_unix_ns": 110},
            {"session_id": "inferred:t3", "session_source": "inferred", "is_censored": True,
             "last_turn_index": 1, "end_unix_ns": 210},
        ],
        "turns": [
            {"turn_id": "1", "trace_id": "t1", "span_id": "x1", "session_id": "s1",
             "turn_index": 1, "turn_number_source": "turn.number", "start_unix_ns": 0,
             "user_id": jane},
            {"turn_id": "2", "trace_id": "t2", "span_id": "x2", "session_id": "s2",
             "turn_index": 1, "start_unix_ns": 100},
            {"turn_id": "3", "trace_id": "t3", "span_id": "x3", "session_id": "inferred:t3",
             "turn_index": 1, "turn_number_source": "turn.number", "start_unix_ns": 200},
            {"turn_id": "4", "trace_id": "t4", "span_id": "x4", "session_id": None,
             "turn_number_source": "turn.number", "start_unix_ns": 300},
        ],
        "users": [
            {"user_id": jane, "user_id_class": "raw.email", "first_unix_ns": 0},
            {"user_id": digest, "user_id_class": "digest.hex", "first_unix_ns": 1},
            {"user_id": "user 17", "user_id_class": "other", "first_unix_ns": 2},
        ],
    }  # fmt: skip


def test_anti_patterns_are_counted_with_an_example_each() -> None:
    with store(anti_pattern_tables()) as con:
        history, orphans, numbers, endings, users = report(con, "anti_patterns")
    assert (history["violations"], history["checked"]) == (0, 0)
    assert history["not_checked"] == "no span carries message content"

    # An inferred session is a guess of ours: the trace is as unlinked as without it.
    assert (orphans["violations"], orphans["checked"], orphans["unit"]) == (2, 4, "traces")
    assert orphans["example_span"] == "t3/x3"
    assert orphans["not_checked"] is None

    assert (numbers["violations"], numbers["checked"], numbers["unit"]) == (1, 4, "turns")
    assert (numbers["example_span"], numbers["example_value"]) == ("t2/x2", "2")

    assert (endings["violations"], endings["checked"], endings["unit"]) == (1, 2, "sessions")
    assert (endings["example_span"], endings["example_value"]) == ("t1/x1", "s1")

    assert (users["violations"], users["checked"], users["unit"]) == (1, 3, "users")
    assert (users["example_span"], users["example_value"]) == ("t1/x1", "jane@example.com")
    assert all(row["fix"] for row in (history, orphans, numbers, endings, users))


@pytest.mark.parametrize(
    "columns",
    [
        {"has_end": True},
        {"declared_dropoff": True},
        {"declared_inactive_timeout": True},
        {"end_reason": "user_exit"},
        {"is_censored": True},
        {"type": "batch"},
    ],
)
def test_any_sign_of_an_end_is_drop_off_detection(columns: Row) -> None:
    session = {"session_id": "s1", "is_censored": False, "has_end": False}
    with store({"sessions": [session]}) as con:
        assert report(con, "anti_patterns")[3]["violations"] == 1
    with store({"sessions": [{**session, **columns}]}) as con:
        assert report(con, "anti_patterns")[3]["violations"] == 0


def test_filters_leave_out_other_sessions_and_keep_orphans() -> None:
    with store(anti_pattern_tables(), selected="channel = 'app'") as con:
        _, orphans, numbers, endings, users = report(con, "anti_patterns")
    assert (orphans["violations"], orphans["checked"]) == (1, 2)
    assert (numbers["violations"], numbers["checked"]) == (1, 2)
    assert (endings["violations"], endings["checked"]) == (0, 1)
    assert (users["violations"], users["checked"]) == (0, 2)
