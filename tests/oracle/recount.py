"""Recount sessions, turns, calls and tokens of OTLP/JSON files, independently of the product.

    python tests/oracle/recount.py PATH...

prints JSON: what each file holds as a load of its own, and all of them together as one load.
It shares no code with sessiontrace and is written from the definitions of its terms, in plain
Python, to be compared with what the SQL says. Unknown is None, which is not zero.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Run as a script, the folder that holds `tests` is not on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.oracle import recount_words as words
from tests.oracle.recount_model import active_ns, cost, earliest, model, most_frequent, total
from tests.oracle.recount_otlp import distinct, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.oracle.recount_model import Node, Trace, Turn
    from tests.oracle.recount_otlp import Reading


def recount(paths: Iterable[str | Path]) -> dict[str, Any]:
    """Recount files (folders: all files below them), each alone and all as one load."""
    readings = [read(file) for path in paths for file in _files(Path(path))]
    return {
        "files": {reading.path: _load([reading]) for reading in readings},
        "together": _load(readings),
    }


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _load(readings: Sequence[Reading]) -> dict[str, Any]:
    spans, duplicates = distinct(readings)
    traces, turns = model(spans, [log for reading in readings for log in reading.logs])
    nodes = [node for trace in traces for node in trace.nodes]
    calls = [node for node in nodes if node.kind == words.LLM]
    records: Counter[str] = Counter()
    for reading in readings:
        records.update(reading.records)
    return {
        "container": sorted({reading.container for reading in readings}),
        "records": {"records": sum(records.values())}
        | {name: records[name] for name in ("loaded", "empty", "other_signal", "rejected")},
        "spans_seen": sum(reading.spans_seen for reading in readings),
        "spans": len(spans),
        "duplicate_spans": duplicates,
        "rejected_spans": sum(reading.rejected_spans for reading in readings),
        "traces": len(traces),
        "sessions": _sessions(nodes, turns),
        "orphans": [trace.trace_id for trace in traces if _is_orphan(trace)],
        "turns": [_turn_row(turn) for turn in turns],
        "agent_runs": sum(turn.agent_runs for turn in turns),
        "llm_calls": {"total": len(calls), "counted": sum(call.is_counted for call in calls)},
        "tool_calls": sum(node.kind == words.TOOL for node in nodes),
        **_spent(nodes),
    }


def _is_orphan(trace: Trace) -> bool:
    """Neither an id nor a user: "the trace is an orphan, `session_id` NULL, counted"."""
    return all(node.session is None for node in trace.nodes)


def _spent(nodes: Sequence[Node]) -> dict[str, Any]:
    """Sums over the spans that count, None where none of them knows."""
    counted = [node.usage for node in nodes if node.is_counted]
    return {
        "input_tokens": total(usage.input_tokens for usage in counted),
        "output_tokens": total(usage.output_tokens for usage in counted),
        "total_tokens": total(usage.total_tokens for usage in counted),
        "cached_input_tokens": total(usage.cached_input_tokens for usage in counted),
        "reasoning_tokens": total(usage.reasoning_tokens for usage in counted),
        "cost_usd": cost(nodes),
    }


def _calls(nodes: Sequence[Node]) -> dict[str, int]:
    """All spans of the kind; errors are the spans that ended with an error status."""
    kinds = Counter(node.kind for node in nodes)
    failed = Counter(node.kind for node in nodes if node.span.is_error)
    return {
        "llm_calls": kinds[words.LLM],
        "llm_calls_counted": sum(n.is_counted for n in nodes if n.kind == words.LLM),
        "tool_calls": kinds[words.TOOL],
        "llm_errors": failed[words.LLM],
        "tool_errors": failed[words.TOOL],
        "errors": sum(failed.values()),
    }


def _sessions(nodes: Sequence[Node], turns: Sequence[Turn]) -> list[dict[str, Any]]:
    by_session: dict[str, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: node.order):
        if node.session:
            by_session.setdefault(node.session, []).append(node)
    turns_of: dict[str, list[Turn]] = {}
    for turn in turns:
        turns_of.setdefault(turn.top.session or "", []).append(turn)
    rows = [_session_row(name, of, turns_of.get(name, [])) for name, of in by_session.items()]
    return sorted(rows, key=lambda row: (row["start_unix_ns"], row["session_id"]))


def _session_row(session: str, nodes: Sequence[Node], turns: Sequence[Turn]) -> dict[str, Any]:
    start, end = earliest(node.span.start for node in nodes), max(node.end for node in nodes)
    sources = {node.session_source for node in nodes}
    # A conversation without an id is the session's own; there is always at least one.
    conversations = {turn.top.conversation for turn in turns}
    conversations |= {node.conversation for node in nodes if node.conversation}
    return {
        "session_id": session,
        "session_source": next(
            source for source in ("declared", "conversation", "inferred") if source in sources
        ),
        "user_id": most_frequent(node.user for node in nodes),
        "turns": len(turns),
        "failed_turns": sum(turn.is_error for turn in turns),
        "agent_runs": sum(turn.agent_runs for turn in turns),
        **_calls(nodes),
        **_spent(nodes),
        "traces": len({node.span.trace_id for node in nodes}),
        "conversations": len(conversations) or 1,
        "start_unix_ns": start,
        "end_unix_ns": end,
        "wall_ms": (end - start) / 1e6,
        "active_ms": active_ns(turns) / 1e6,
    }


def _turn_row(turn: Turn) -> dict[str, Any]:
    declared = turn.declared_number
    return {
        "trace_id": turn.top.span.trace_id,
        "session_id": turn.top.session,
        "conversation_id": turn.top.conversation,
        "user_id": turn.top.user,
        "turn_index": turn.index or None,
        "turn_number": turn.number,
        "turn_number_declared": declared[0] if declared else None,
        "start_unix_ns": turn.start,
        "end_unix_ns": turn.end,
        "is_error": turn.is_error,
        "agent_runs": turn.agent_runs,
        **_calls(turn.nodes),
        **_spent(turn.nodes),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the recount of the files named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("path", nargs="+")
    json.dump(recount(parser.parse_args(arguments).path), sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
