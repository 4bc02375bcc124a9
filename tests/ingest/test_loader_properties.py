"""What holds for every file, however mangled: the account adds up, both lanes agree."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ingest.exports import document, line, log_line, score, span
from tests.ingest.loading import Bench, Loaded

from sessiontrace.ingest import records as records_module
from sessiontrace.ingest.loader import Loader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTINGS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=6),
    st.sampled_from(["", "0", "None", "SPAN_KIND_CLIENT", "\ud800", "a\u2028b", "\0", "é" * 5]),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(
        st.sampled_from(["key", "value", "stringValue", "x"]), st.integers(), max_size=2
    ),
)
NAMES = st.sampled_from(
    "resource_spans scope_spans span_id trace_id parent_span_id start_time_unix_nano attributes "
    "instrumentationLibrarySpans batches resourceLogs spans events key value intValue x".split()
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["session.id", "user.id", "n", "gen_ai.request.model"]),
    st.one_of(
        st.text(max_size=5),
        st.integers(-(2**63), 2**63 - 1),
        st.booleans(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.lists(st.integers(), max_size=2),
    ),
    max_size=3,
)


@st.composite
def batches(draw: st.DrawFn) -> list[Any]:
    """Some records: mostly strict, now and then another signal, an empty one or none at all."""
    found: list[Any] = []
    for _ in range(draw(st.integers(1, 4))):
        numbers = draw(st.lists(st.integers(1, 6), max_size=3))
        record = document([span(number, draw(ATTRIBUTES)) for number in numbers])
        spans = record["resourceSpans"][0]["scopeSpans"][0]["spans"]
        for each in spans:
            if draw(st.booleans()):
                each["events"] = [
                    {
                        "timeUnixNano": each["startTimeUnixNano"],
                        "name": "e",
                        "attributes": [{"key": "k", "value": {"stringValue": "v"}}],
                    }
                ]
        found.append(record)
    extra = draw(st.sampled_from(["none", "none", "logs", "empty", "junk", "bare"]))
    if extra == "logs":
        found.append(json.loads(log_line([score(1), score(draw(st.integers(1, 2))), {"body": {}}])))
    elif extra == "empty":
        found.append({"resourceSpans": []})
    elif extra == "junk":
        found.append(draw(JUNK))
    elif extra == "bare":
        found.append(found[0]["resourceSpans"][0])
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, each in inner:
        yield from places(each, (*path, key))


def mangle(draw: st.DrawFn, value: Any, inside: tuple[Any, ...] = ()) -> Any:
    """Delete, replace, rename or repeat one place of a JSON value below `inside`."""
    below = [path for path in places(value) if path[: len(inside)] == inside]
    if not below:
        return value
    path = draw(st.sampled_from(below))
    actions = ["delete", "replace", "repeat", "wrap"] + ["rename"] * (not inside)
    action = draw(st.sampled_from(actions))
    if not path:
        return draw(JUNK) if action == "replace" else value
    owner = value
    for key in path[:-1]:
        owner = owner[key]
    key = path[-1]
    if action == "delete":
        del owner[key]
    elif action == "replace":
        owner[key] = draw(JUNK)
    elif action == "wrap":
        owner[key] = [owner[key]]
    elif isinstance(owner, list):
        owner.insert(key, owner[key])
    elif action == "rename":
        owner[draw(NAMES)] = owner.pop(key)
    return value


@st.composite
def mangled_records(draw: st.DrawFn) -> list[Any]:
    found = draw(batches())
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(found) - 1))
        found[at] = mangle(draw, json.loads(json.dumps(found[at])))
    return found


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """The bytes of an export in some container, with some damage."""
    found = draw(mangled_records())
    container = draw(
        st.sampled_from(["lines", "lines", "array", "pretty", "concatenated", "mixed"])
    )
    texts = [json.dumps(each, ensure_ascii=draw(st.booleans())) for each in found]
    if container == "array":
        text = json.dumps(found, indent=draw(st.sampled_from([None, 2])))
    elif container == "pretty":
        text = json.dumps(found[0], indent=2)
    elif container == "concatenated":
        text = "".join(json.dumps(each, indent=2) for each in found)
    else:
        if container == "mixed":
            texts.insert(draw(st.integers(0, len(texts))), draw(st.text(max_size=8)))
        text = draw(st.sampled_from(["\n", "\r\n", "\n\n"])).join(draw(st.permutations(texts)))
        text += draw(st.sampled_from(["", "\n"]))
    data = draw(st.sampled_from(["", "\ufeff"])).encode() + text.encode("utf-8", "surrogatepass")
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data) - 1)) if data else 0
        match draw(st.sampled_from(["flip", "cut", "insert"])):
            case "flip":
                data = data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
            case "cut":
                data = data[:at] + data[at + draw(st.integers(1, 9)) :]
            case "insert":
                data = data[:at] + draw(st.binary(max_size=4)) + data[at:]
    if draw(st.booleans()):
        data = data[: draw(st.integers(0, len(data)))]
    if draw(st.integers(0, 5)) == 0:
        data = gzip.compress(data)
        if draw(st.booleans()):
            data = data[: draw(st.integers(0, len(data)))]
    return data


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


def assert_adds_up(loaded: Loaded) -> None:
    for source in loaded.sources:
        assert source.records == (
            source.loaded + source.empty + source.other_signal + source.rejected
        )
        kept = loaded.kept.get(source.source_id, 0)
        assert source.spans_seen >= kept + source.rejected_spans
        assert source.log_records_seen >= source.log_records + source.rejected_log_records
        assert source.log_records >= loaded.kept_logs.get(source.source_id, 0)
    read = sum(source.spans_seen - source.rejected_spans for source in loaded.sources)
    assert len(loaded.spans) <= read
    assert (len(loaded.spans) == 0) == (read == 0)


@SETTINGS
@given(st.lists(files(), min_size=1, max_size=3))
def test_the_account_adds_up(bench: Bench, folder: Path, contents: list[bytes]) -> None:
    paths = []
    for number, data in enumerate(contents):
        paths.append(folder / f"{number}.jsonl")
        paths[-1].write_bytes(data)
    loaded = bench.load(*paths)
    assert_adds_up(loaded)
    sources = {source.source_id for source in loaded.sources}
    rows = bench.rows("select source_id, count(*) from rejects where pointer = '' group by all")
    assert {source_id for source_id, _ in rows} <= sources
    whole = dict(rows)
    for source in loaded.sources:
        if source.rejected:
            assert bench.rows(f"select 1 from rejects where source_id = {source.source_id}")
        assert whole.get(source.source_id, 0) <= source.rejected
    rejected_spans = sum(source.rejected_spans for source in loaded.sources)
    in_spans = bench.rows("select count(*) from rejects where pointer similar to '.*/spans/\\d+'")
    assert in_spans == [(rejected_spans,)]


def assert_equal(fast: Loaded, tolerant: Loaded) -> None:
    assert fast.spans == tolerant.spans
    assert fast.rejects == tolerant.rejects
    assert fast.logs == tolerant.logs
    assert fast.notes == tolerant.notes
    for name in ("records", "loaded", "empty", "rejected", "spans_seen", "rejected_spans"):
        assert getattr(fast.sources[0], name) == getattr(tolerant.sources[0], name)


@SETTINGS
@given(records=st.lists(batches(), min_size=1, max_size=2))
def test_one_odd_line_changes_nothing_else(
    bench: Bench, folder: Path, records: list[list[Any]]
) -> None:
    path = folder / "lane.jsonl"
    lines = [json.dumps(each).encode() + b"\n" for batch in records for each in batch]
    path.write_bytes(b"".join(lines))
    before = bench.load(path)
    path.write_bytes(b"".join(lines) + b"no JSON\n")
    after = bench.load(path)
    (source,) = after.sources
    source.records -= 1
    source.rejected -= 1
    after.rejects.remove((len(lines) + 1, "", "not_json", "aa AAAA"))
    assert_equal(before, after)


ODD_SPANS: dict[str, Any] = {
    "no trace id": {"traceId": None},
    "base64 id": {"traceId": "W47/+Ql5ZlWkzqgfGbXxPw=="},
    "upper case id": {"spanId": "EEE19B7EC3C1B174"},
    "zero parent": {"parentSpanId": "0" * 16},
    "short parent": {"parentSpanId": "abc"},
    "time in seconds": {"startTimeUnixNano": "2026-10-01T12:00:00Z"},
    "no end": {"endTimeUnixNano": None},
    "kind name": {"kind": "SPAN_KIND_CLIENT"},
    "status name": {"status": {"code": "STATUS_CODE_ERROR"}},
    "plain attributes": {"attributes": {"session.id": "s"}},
    "plain value": {"attributes": [{"key": "session.id", "value": "s"}]},
    "snake value": {"attributes": [{"key": "n", "value": {"int_value": "1"}}]},
    "null key": {"attributes": [{"key": None, "value": {"stringValue": "s"}}]},
    "no object": {"attributes": ["session.id"]},
    "same key twice": {"attributes": [{"key": "k", "value": {"stringValue": v}} for v in "ab"]},
    "strict": {},
}


@pytest.mark.parametrize("name", ODD_SPANS)
def test_an_odd_span_far_behind_strict_ones_is_noticed(
    bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(records_module, "_SAMPLE_LINES", 1)
    path = folder / "odd.jsonl"
    odd = span(2, {"session.id": "s"}, parentSpanId="00000000000000ff")
    path.write_bytes(line([span(1)]) + line([span(3), odd | ODD_SPANS[name]]))
    fast = bench.load(path)
    monkeypatch.setattr(Loader, "_is_fast", staticmethod(lambda *_: False))
    assert_equal(fast, bench.load(path))


@SETTINGS
@given(records=mangled_records(), shuffle=st.randoms(use_true_random=False), copies=st.booleans())
def test_order_and_copies_change_nothing(
    bench: Bench, folder: Path, records: list[Any], shuffle: Any, copies: bool
) -> None:
    lines = [json.dumps(each).encode() + b"\n" for each in records]
    first, second, third = (folder / f"order-{name}.jsonl" for name in ("a", "b", "c"))
    first.write_bytes(b"".join(lines))
    before = bench.load(first)
    shuffle.shuffle(lines)
    half = len(lines) // 2
    second.write_bytes(b"".join(lines[:half]))
    third.write_bytes(b"".join(lines[half:] + lines[:half] * copies))
    after = bench.load(third, second)
    assert_adds_up(after)
    assert before.spans == after.spans
    assert before.logs == after.logs
