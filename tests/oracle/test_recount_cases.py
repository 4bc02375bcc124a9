"""The recount on small hand-counted traces: shapes of files, and the meaning of the words."""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.oracle.recount import recount

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = 1_000_000_000
BEGIN = 1_790_000_000 * SECOND
Json = dict[str, Any]


def span(
    name: str, *, trace: int = 1, own: int = 1, parent: int = 0, at: float = 0, **attributes: object
) -> Json:
    """One span of one second, starting `at` seconds; `a__b` is the attribute key `a.b`."""
    start = BEGIN + int(at * SECOND)
    made: Json = {
        "traceId": f"{trace:032x}",
        "spanId": f"{trace * 100 + own:016x}",
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + SECOND),
        "attributes": [_pair(key, value) for key, value in attributes.items()],
        "status": {"code": 1},
    }
    if parent:
        made["parentSpanId"] = f"{trace * 100 + parent:016x}"
    return made


def _pair(key: str, value: object) -> Json:
    kind = {str: "stringValue", int: "intValue", bool: "boolValue"}[type(value)]
    said = str(value) if kind == "intValue" else value
    return {"key": key.replace("__", "."), "value": {kind: said}}


def resource_spans(*spans: Json, **resource: object) -> Json:
    """Spans in their envelope, of a service `bot` unless said otherwise."""
    attributes = {"service__name": "bot"} | resource
    return {
        "resource": {"attributes": [_pair(key, value) for key, value in attributes.items()]},
        "scopeSpans": [{"scope": {"name": "test"}, "spans": list(spans)}],
    }


def chat(trace: int, at: float, **more: Any) -> list[Json]:
    """A turn as a trace: an agent, a model call of 10 + 5 tokens, a tool call."""
    usage: Json = {"gen_ai__usage__input_tokens": 10, "gen_ai__usage__output_tokens": 5}
    return [
        span("run", trace=trace, own=1, at=at, gen_ai__operation__name="invoke_agent", **more),
        span("ask", trace=trace, own=2, parent=1, at=at, gen_ai__operation__name="chat", **usage),
        span("do", trace=trace, own=3, parent=1, at=at, gen_ai__operation__name="execute_tool"),
    ]


TWO_TURNS = [*chat(1, 0, session__id="s"), *chat(2, 60, session__id="s")]


@pytest.fixture
def load(tmp_path: Path) -> Callable[[bytes | str], Json]:
    """Recount the content of one file."""

    def loaded(content: bytes | str) -> Json:
        path = tmp_path / "traces.any"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return dict(recount([path])["together"])

    return loaded


def of(*spans: Json, **resource: object) -> str:
    """Spans as one document."""
    return json.dumps({"resourceSpans": [resource_spans(*spans, **resource)]})


# --- shapes ---------------------------------------------------------------------------------


def snake(value: Any) -> Any:
    """The same with snake_case members, enum names and numbers as numbers."""
    if isinstance(value, list):
        return [snake(item) for item in value]
    if not isinstance(value, dict):
        return value
    named = {1: "STATUS_CODE_OK", 2: "STATUS_CODE_ERROR"}
    made = {re.sub("([A-Z])", r"_\1", key).lower(): snake(item) for key, item in value.items()}
    for key in ("start_time_unix_nano", "end_time_unix_nano", "int_value"):
        if key in made:
            made[key] = int(made[key])
    if "code" in made:
        made["code"] = named[made["code"]]
    return made


def with_ids(document: str, render: Callable[[bytes], str]) -> str:
    """The same document with its ids written another way."""
    pattern = r'"(traceId|spanId|parentSpanId)": "([0-9a-f]+)"'
    return re.sub(pattern, lambda m: f'"{m[1]}": "{render(bytes.fromhex(m[2]))}"', document)


def per_line(*spans: Json) -> list[str]:
    """One request per span."""
    return [of(one) for one in spans]


DOCUMENT = json.loads(of(*TWO_TURNS))
SHAPES: dict[str, bytes | str] = {
    "pretty": json.dumps(DOCUMENT, indent=2),
    "lines": "\n".join(per_line(*TWO_TURNS)) + "\n",
    "lines, children first": "\n".join(reversed(per_line(*TWO_TURNS))),
    "CRLF and blank lines": "\r\n\r\n".join(per_line(*TWO_TURNS)),
    "BOM": b"\xef\xbb\xbf" + json.dumps(DOCUMENT).encode(),
    "array": json.dumps([json.loads(line) for line in per_line(*TWO_TURNS)]),
    "concatenated": "".join(per_line(*TWO_TURNS)),
    "concatenated, pretty": "\n".join(
        json.dumps(json.loads(line), indent=1) for line in per_line(*TWO_TURNS)
    ),
    "bare ResourceSpans": "\n".join(json.dumps(resource_spans(one)) for one in TWO_TURNS),
    "snake_case, names, numbers": json.dumps(snake(DOCUMENT)),
    "wrapped": json.dumps({"trace": DOCUMENT}),
    "batches": json.dumps({"batches": DOCUMENT["resourceSpans"]}),
    "legacy scopes": json.dumps(DOCUMENT)
    .replace('"scopeSpans"', '"instrumentationLibrarySpans"')
    .replace('"scope"', '"instrumentationLibrary"'),
    "base64 ids": with_ids(json.dumps(DOCUMENT), lambda raw: base64.b64encode(raw).decode()),
    "base64 of hex": with_ids(
        json.dumps(DOCUMENT), lambda raw: base64.b64encode(raw.hex().encode()).decode()
    ),
    "0x ids": with_ids(json.dumps(DOCUMENT), lambda raw: "0x" + raw.hex().upper()),
    "null members": json.dumps(DOCUMENT).replace('"kind": 1', '"kind": null, "links": null'),
    "gz": gzip.compress(json.dumps(DOCUMENT).encode()) + gzip.compress(b"\n"),
    "each twice": "\n".join(per_line(*TWO_TURNS) * 2),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_file_says_the_same(
    shape: str, load: Callable[[bytes | str], Json]
) -> None:
    recounted, plain = load(SHAPES[shape]), load(json.dumps(DOCUMENT))
    for key in ("spans", "traces", "sessions", "turns", "llm_calls", "orphans"):
        assert recounted[key] == plain[key], key
    assert recounted["records"]["rejected"] == 0
    assert plain["sessions"][0]["turns"] == 2
    assert plain["sessions"][0]["total_tokens"] == 30


def test_broken_lines_cost_only_themselves(load: Callable[[bytes | str], Json]) -> None:
    lines = [*per_line(*TWO_TURNS), "{broken", '{"a": 1}', "{}", '{"resourceMetrics": [{}]}']
    lines += [of(), '"\\ud83d"', of(*TWO_TURNS)[:-5]]
    recounted = load("\n".join(lines))
    assert recounted["records"] == {
        "records": 13,
        "loaded": 6,
        "empty": 2,
        "other_signal": 1,
        "rejected": 4,
    }
    assert recounted["spans"] == 6


def test_a_bad_span_does_not_cost_its_document(load: Callable[[bytes | str], Json]) -> None:
    no_id, no_time, opaque = span("a", own=7), span("b", own=8), span("c", own=9)
    no_id["spanId"], no_time["startTimeUnixNano"], opaque["spanId"] = "", "soon", "my-span"
    recounted = load(of(*TWO_TURNS, no_id, no_time, opaque))
    assert (recounted["spans_seen"], recounted["spans"], recounted["rejected_spans"]) == (9, 7, 2)


def test_of_two_bodies_of_a_span_the_latest_end_stays(
    load: Callable[[bytes | str], Json],
) -> None:
    early, late = span("early", session__id="early"), span("late", session__id="late")
    late["endTimeUnixNano"] = str(BEGIN + 2 * SECOND)
    recounted = load(of(late, early))
    assert [row["session_id"] for row in recounted["sessions"]] == ["late"]
    assert recounted["duplicate_spans"] == 1


# --- words ----------------------------------------------------------------------------------


def sessions(recounted: Json) -> dict[str, Json]:
    """Sessions by id."""
    return {row["session_id"]: row for row in recounted["sessions"]}


def test_the_first_of_duplicate_keys_counts(load: Callable[[bytes | str], Json]) -> None:
    twice = span("run", session__id="first", gen_ai__operation__name="chat")
    twice["attributes"].append(_pair("session.id", "second"))
    assert list(sessions(load(of(twice)))) == ["first"]


def test_identity_spreads_in_its_trace_and_comes_from_the_resource_last(
    load: Callable[[bytes | str], Json],
) -> None:
    below = span("ask", own=2, parent=1, gen_ai__operation__name="chat", session__id='"quoted"')
    assert list(sessions(load(of(span("http"), below, session__id="resource")))) == ["quoted"]
    redacted = span("ask", gen_ai__operation__name="chat", session__id="None")
    assert list(sessions(load(of(redacted, session__id="resource")))) == ["resource"]


def test_a_conversation_finds_the_session_that_others_name(
    load: Callable[[bytes | str], Json],
) -> None:
    key = "gen_ai__conversation__id"
    recounted = sessions(
        load(
            of(
                *chat(1, 0, session__id="s1", **{key: "c"}),
                *chat(2, 100, session__id="s2", **{key: "c"}),
                *chat(3, 50, **{key: "c"}),
                *chat(4, 0, **{key: "alone"}),
            )
        )
    )
    assert {name: row["turns"] for name, row in recounted.items()} == {"s1": 2, "s2": 1, "alone": 1}
    assert recounted["alone"]["session_source"] == "conversation"


def test_sessions_are_inferred_for_users_only(load: Callable[[bytes | str], Json]) -> None:
    idle = 1800
    recounted = load(
        of(
            *chat(1, 0, user__id="u"),
            *chat(2, 1 + idle, user__id="u"),
            *chat(3, 2 + idle + idle + 1, user__id="u"),
            *chat(4, 0),
        )
    )
    found = {name: row["turns"] for name, row in sessions(recounted).items()}
    assert found == {f"inferred:{1:032x}": 2, f"inferred:{3:032x}": 1}
    assert recounted["orphans"] == [f"{4:032x}"]
    assert len(recounted["turns"]) == 4


def test_usage_counts_once(load: Callable[[bytes | str], Json]) -> None:
    """Agent and outer model call repeat the sum; the call inside a tool is another one."""
    spent: Json = {"gen_ai__usage__input_tokens": 10, "gen_ai__usage__output_tokens": 1}
    call: Json = {"gen_ai__operation__name": "chat", **spent}
    recounted = load(
        of(
            span("agent", own=1, gen_ai__operation__name="invoke_agent", session__id="s", **spent),
            span("outer", own=2, parent=1, **call),
            span("http", own=3, parent=2),
            span("inner", own=4, parent=3, **call),
            span("tool", own=5, parent=2, gen_ai__operation__name="execute_tool"),
            span("ask", own=6, parent=5, **call),
            span("lonely agent", own=7, parent=1, gen_ai__operation__name="invoke_agent", **spent),
        )
    )
    assert recounted["llm_calls"] == {"total": 3, "counted": 2}
    assert (recounted["input_tokens"], recounted["output_tokens"]) == (30, 3)
    assert recounted["turns"][0]["agent_runs"] == 1


def test_unknown_usage_is_not_zero(load: Callable[[bytes | str], Json]) -> None:
    ask = span("ask", gen_ai__operation__name="chat", session__id="s")
    row = sessions(load(of(ask)))["s"]
    assert (row["llm_calls"], row["input_tokens"], row["total_tokens"]) == (1, None, None)


def test_langfuse_parts_of_usage_are_added_back(load: Callable[[bytes | str], Json]) -> None:
    details = {"input": 6, "input_cache_read": 4, "output": 3, "output_reasoning": 2, "total": 15}
    usage: Json = {"langfuse__observation__usage_details": json.dumps(details)}
    recounted = load(of(span("g", langfuse__observation__type="generation", **usage)))
    counted = ["input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens"]
    assert [recounted[column] for column in counted] == [10, 5, 4, 2]


def numbers(recounted: Json) -> list[tuple[int, int, int]]:
    """Index, number and model calls of each turn."""
    return [
        (turn["turn_index"], turn["turn_number"], turn["llm_calls"]) for turn in recounted["turns"]
    ]


def test_turns_inside_one_trace(load: Callable[[bytes | str], Json]) -> None:
    """A trace that is a whole conversation: numbers on children do not spread to its root."""
    ask: Json = {"gen_ai__operation__name": "chat"}
    recounted = load(
        of(
            span("conversation", own=1, session__id="s"),
            span("turn", own=2, parent=1, at=1, turn__number=0),
            span("copy", own=3, parent=2, at=1, turn__number=0, **ask),
            span("turn", own=4, parent=1, at=5, turn__number=1),
            span("ask", own=5, parent=4, at=5, **ask),
        )
    )
    assert numbers(recounted) == [(1, 1, 1), (2, 2, 1)]


def test_both_sides_of_an_exchange_are_one_turn(load: Callable[[bytes | str], Json]) -> None:
    said: Json = {"session__id": "s", "turn__number": 1}
    ask: Json = {"gen_ai__operation__name": "chat"}
    recounted = load(
        of(
            span("in", trace=1, turn__id="a", turn__role="user", **said),
            span("out", trace=2, at=2, turn__id="b", turn__role="assistant", **said, **ask),
            span("again", trace=3, at=9, turn__id="c", turn__role="user", **said),
            span("session.start", trace=4, session__id="s"),
        )
    )
    assert numbers(recounted) == [(1, 1, 1), (2, 1, 0)]


def test_a_side_task_is_no_turn(load: Callable[[bytes | str], Json]) -> None:
    made = span("create_agent a", trace=9, gen_ai__operation__name="create_agent")
    recounted = load(of(*chat(1, 0, session__id="s"), made))
    assert len(recounted["turns"]) == 1
    assert recounted["orphans"] == [f"{9:032x}"]


def test_time_at_work_leaves_out_long_gaps(load: Callable[[bytes | str], Json]) -> None:
    spans = [*chat(1, 0, session__id="s"), *chat(2, 61, session__id="s")]
    row = sessions(load(of(*spans, *chat(3, 10_000, session__id="s"))))["s"]
    assert (row["wall_ms"], row["active_ms"]) == (10_001_000, 63_000)
