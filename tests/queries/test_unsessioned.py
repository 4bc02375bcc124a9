"""Reports about what has no session: whose traces they are, how large, and whether any are lost."""

from __future__ import annotations

from tests.queries.tables import Row, Tables, ns, pick, report, store


def span(trace: int, start: float, end: float, **columns: object) -> Row:
    return {
        "trace_id": f"t{trace}",
        "span_id": f"x{start}",
        "start_unix_ns": ns(start),
        "end_unix_ns": ns(end),
        **columns,
    }


def test_traces_without_a_session_are_counted_by_producer() -> None:
    spans = [
        span(0, 0, 1, convention="otel", scope_name="http", session_id="s1"),
        span(1, 0, 1, convention="langfuse", scope_name="langfuse-sdk"),
        span(1, 1, 2, convention="langfuse", scope_name="langfuse-sdk"),
        span(2, 0, 1, convention=None, scope_name="langfuse-sdk"),
    ]
    with store({"spans": spans}) as con:
        rows = report(con, "input")
    row = pick(rows, measure="traces without a session by convention", item="langfuse")
    assert (row["k"], row["n"]) == (1, 2)
    row = pick(rows, measure="traces without a session by scope", item="langfuse-sdk")
    assert (row["k"], row["n"]) == (2, 2)


def test_times_that_run_backwards_are_counted() -> None:
    ends = [5, 1, None, 0]
    spans = [{**span(at, 2, 3), "end_unix_ns": end and ns(end)} for at, end in enumerate(ends)]
    with store({"spans": spans}) as con:
        row = pick(report(con, "input"), measure="spans that end before they start")
    assert (row["k"], row["n"]) == (3, 4)


def test_length_of_traces_by_hand() -> None:
    tables: Tables = {
        "spans": [span(0, 0, 2), span(0, 1, 4), span(1, 0, 1), span(2, 5, 3)],
        "llm_calls": [
            {"trace_id": "t0", "is_counted": True, "total_tokens": 10},
            {"trace_id": "t0", "is_counted": False, "total_tokens": 10},
            {"trace_id": "t1", "is_counted": True, "total_tokens": None},
        ],
        "tool_calls": [{"trace_id": "t1"}],
    }
    with store(tables) as con:
        rows = {row["measure"]: row for row in report(con, "trace_length")}
    assert all(row["traces"] == 3 for row in rows.values())
    assert (rows["duration"]["n"], rows["duration"]["max"]) == (2, 4000)
    assert (rows["spans"]["n"], rows["spans"]["total"]) == (3, 4)
    assert (rows["model calls"]["n"], rows["model calls"]["total"]) == (3, 3)
    assert (rows["tool calls"]["p50"], rows["tool calls"]["max"]) == (0, 1)
    assert (rows["tokens"]["n"], rows["tokens"]["total"]) == (1, 10)
    assert (rows["cost"]["n"], rows["cost"]["p50"]) == (0, None)


def test_signs_of_sampling_are_counted_in_traces() -> None:
    tables: Tables = {
        "spans": [span(at, 0, 1) for at in range(4)],
        "sampling_signs": [
            {"trace_id": "t0", "sign": "SampleRate", "place": "span", "is_head": True,
             "kept_share": 0.1},
            {"trace_id": "t1", "sign": "SampleRate", "place": "span", "is_head": True,
             "kept_share": 0.25},
        ],
    }  # fmt: skip
    with store(tables) as con:
        (row,) = report(con, "sampling")
    assert (row["k"], row["n"], row["kept_share"], row["is_head"]) == (2, 4, 0.1, True)
