"""The committed sample is what the generator writes, and is rebuilt as it was counted."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from tests.samples.made import CATALOG, SAMPLE, generate

from sessiontrace.options import LoadOptions
from sessiontrace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

# How a session went -> how it may count if it did not convert. Without a session.end the last turn
# still tells a failure and a handover.
END_STATES = {
    "resolved": {"ended"},
    "completed": {"ended"},
    "user_exit": {"ended"},
    "escalated": {"escalated"},
    "error": {"error"},
    "timeout": {"timeout"},
    "gave_up": {"timeout"},
    "silent": {"timeout", "escalated", "error"},
    "open": {"open"},
}
COLUMNS = """
    sessions.session_id, user_id, turns, llm_calls, tool_calls, tool_errors,
    coalesce(input_tokens, 0), coalesce(output_tokens, 0), start_unix_ns, end_unix_ns,
    client_version, coalesce(converted.is_converted, false), end_state
"""


def test_the_generator_writes_the_committed_files(tmp_path: Path) -> None:
    generate(tmp_path, "--files", "2")
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {*SAMPLE.glob("traces*.jsonl"), SAMPLE / "truth.csv"}
    assert written.keys() == {path.name for path in committed}
    assert all(written[path.name] == path.read_bytes() for path in committed)


def test_every_session_is_what_was_counted_while_it_was_made() -> None:
    paths = [str(path) for path in sorted(SAMPLE.glob("traces*.jsonl"))]
    with Workspace.open(paths, LoadOptions(), catalog=CATALOG) as workspace:
        rows = workspace.rows(
            f"""
            with converted as (
                select session_id, bool_or(is_converted) as is_converted
                from journey_stages group by session_id
            )
            select {COLUMNS}
            from sessions left join converted on sessions.session_id = converted.session_id
            """
        )
    ours = {row[0]: tuple(map(str, row[1:-1])) for row in rows}
    states = {row[0]: row[-1] for row in rows}
    with (SAMPLE / "truth.csv").open(newline="", encoding="utf-8") as file:
        truth = {row["session_id"]: row for row in csv.DictReader(file)}
    assert ours == {name: _wanted(row) for name, row in truth.items()}
    for name, row in truth.items():
        has_converted = row["converted"] == "true"
        assert states[name] in ({"converted"} if has_converted else END_STATES[row["end_kind"]])


def _wanted(row: dict[str, str]) -> tuple[str, ...]:
    return (
        *(row["user_id"], row["turns"], row["llm_calls"], row["tool_calls"], row["tool_errors"]),
        *(row["input_tokens"], row["output_tokens"]),
        *(row["first_start_unix_ns"], row["last_end_unix_ns"], row["client_version"]),
        str(row["converted"] == "true"),
    )
