"""Write docs/conformance.md: product and recount, file by file.

    python -m tests.conformance.table

It wants the folder of real traces (tests/real_traces.py) beside the samples.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.conformance.compare import Load, differences, product
from tests.conformance.inputs import label, real, samples
from tests.conformance.test_truth import SETS, is_as_counted, truth_of
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

TARGET = REPOSITORY / "docs" / "conformance.md"
COLUMNS = (
    *("spans", "traces", "orphan traces", "sessions", "turns", "model calls", "of them counted"),
    *("tool calls", "input tokens", "output tokens"),
)
HEAD = """# Conformance

What `sessiontrace` rebuilds, compared with two things that know nothing of it.

* A **recount** in plain Python, written from the definitions and sharing no code with the
  product (`tests/oracle`). Compared for each file: spans, traces, orphan traces; for each session
  its id, source, user, turns, failed turns, agent runs, model calls (all and counted), tool calls,
  errors, tokens (input, output, total, cached, reasoning), cost, traces, conversations, start,
  end, wall and active time; for each turn its trace, session, conversation, user, index, number,
  start, end, error, agent runs, calls, errors, tokens and cost.
* The **truth** that generators of SDK exports counted while they ran, not from the spans: turns,
  model calls, tool calls, tool errors, input and output tokens of every session.

`tests/conformance` runs both. This page is written by `python -m tests.conformance.table`. The
files of `frameworks` and `support_chat` lie in `sample_traces`; `sdk`, `sets` and `files` are
exports of SDKs and of public repositories that are not ours to publish.
"""


def main() -> int:
    """Write the page; 1 if anything differs."""
    recounts = list(_recounts())
    truths = list(_truths())
    lines = [
        HEAD,
        "## Recount\n",
        *_table(("file", *COLUMNS, "result"), recounts),
        "\n## Truth\n",
        *_table(("set", "sessions", "turns", "model calls", "tool calls", "result"), truths),
    ]
    TARGET.write_text("\n".join(lines) + "\n", "utf-8")
    return int(any(row[-1] != "equal" for row in (*recounts, *truths)))


def _recounts() -> Iterator[Sequence[str]]:
    for path in (*samples(), *real()):
        load, found = product(path), differences(path)
        if load is not None or found:
            result = "equal" if not found else f"differences: {len(found)}"
            yield (label(path), *(f"{value:,}" for value in _figures(load)), result)


def _figures(load: Load | None) -> Sequence[int]:
    if load is None:
        return [0] * len(COLUMNS)
    turns = load["turns"]
    return [
        *(load["spans"], load["traces"], load["orphans"], len(load["sessions"]), len(turns)),
        *(load["llm_calls"], load["llm_calls_counted"], load["tool_calls"]),
        *(sum(turn[name] or 0 for turn in turns) for name in ("input_tokens", "output_tokens")),
    ]


def _truths() -> Iterator[Sequence[str]]:
    for traces, truth in SETS:
        rows = truth_of(truth)
        yield (
            _folder(traces),
            f"{len(rows):,}",
            *(
                f"{sum(int(row[column]) for row in rows):,}"
                for column in ("n_turns", "n_llm_calls", "n_tool_calls")
            ),
            "equal" if is_as_counted(traces, rows) else "different",
        )


def _folder(traces: Path) -> str:
    return label(traces).removesuffix("/traces.jsonl")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    sides = ["---", *["---:"] * (len(head) - 2), "---"]
    return [f"| {' | '.join(row)} |" for row in (head, sides, *rows)]


if __name__ == "__main__":
    sys.exit(main())
