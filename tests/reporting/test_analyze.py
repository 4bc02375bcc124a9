"""What `analyze` says about exports that are not as they should be."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len
from tests.reporting.exports import analyzed, span, write

from sessiontrace.render.types import Screen

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from sessiontrace.render import AnalysisFormat

pytestmark = pytest.mark.slow  # a load each

CHAT: dict[str, Any] = {"gen_ai__operation__name": "invoke_agent"}
FORMATS: tuple[AnalysisFormat, ...] = ("table", "json", "csv", "markdown")


def chats(sessions: int, turns: int = 3, **attributes: Any) -> list[dict[str, Any]]:
    return [
        span(
            session * turns + turn,
            at=session * 7200 + turn * 60,
            session__id=f"s{session}",
            **CHAT,
            **attributes,
        )
        for session in range(sessions)
        for turn in range(turns)
    ]


def line_of(text: str, words: str) -> str:
    return next(line for line in text.splitlines() if words in line)


def test_an_export_without_sessions_gets_traces_and_the_fix(tmp_path: Path) -> None:
    spans = [span(at, at=at, openinference__span__kind="AGENT") for at in range(20)]
    path = write(tmp_path / "a.jsonl", spans, scope="openinference.instrumentation.crewai")
    text = analyzed(path)
    assert "! no session id on any of 20 spans" in text
    assert "using_session(session_id=session_id)" in text
    assert re.search(r"^TRACES  20 traces", text, re.MULTILINE)
    assert re.search(r"^  duration +20 ", text, re.MULTILINE)
    assert "HOW SESSIONS END" not in text


@pytest.mark.parametrize(
    ("scope", "attributes", "code"),
    [
        ("langfuse-sdk", {"langfuse__observation__type": "agent"}, "propagate_attributes"),
        ("x", {"traceloop__span__kind": "agent"}, "set_association_properties"),
        ("ai", {"ai__operationId": "ai.generateText"}, "experimental_telemetry"),
        ("openinference.instrumentation.openai_agents", {"openinference__span__kind": "AGENT"},
         "Runner.run_sync"),
        ("openinference.instrumentation.langchain", {"openinference__span__kind": "AGENT"},
         "thread_id"),
        ("x", {"http__route": "/"}, 'span.set_attribute("session.id", session_id)'),
    ],
)  # fmt: skip
def test_the_fix_is_the_one_of_the_producer(
    tmp_path: Path, scope: str, attributes: dict[str, Any], code: str
) -> None:
    path = write(tmp_path / "a.jsonl", [span(0, **attributes)], scope=scope)
    assert code in analyzed(path)


@pytest.mark.parametrize(
    ("attributes", "resource", "state", "sign"),
    [
        ({"SampleRate": 10}, {}, "", "(SampleRate, 10.0 % kept, 6/6 traces)"),
        ({}, {"sampler__type": "ratelimiting"}, "", "(sampler.type, 6/6 traces)"),
        ({}, {}, "ot=th:c", "(tracestate, 25.0 % kept, 6/6 traces)"),
    ],
)
def test_head_sampling_makes_lengths_lower_bounds(
    tmp_path: Path,
    attributes: dict[str, Any],
    resource: dict[str, Any],
    state: str,
    sign: str,
) -> None:
    spans = chats(2, state=state, **attributes)
    path = write(tmp_path / "a.jsonl", spans, **resource)
    text = " ".join(analyzed(path).split())
    assert f"! sampled export {sign}: turns are missing: lengths are lower bounds" in text


@pytest.mark.parametrize("attributes", [{"SampleRate": 1}, {"sampler__type": "const"}])
def test_a_full_export_is_not_called_sampled(tmp_path: Path, attributes: dict[str, Any]) -> None:
    path = write(tmp_path / "a.jsonl", chats(2, **attributes))
    assert "sampled" not in analyzed(path)


def test_inferred_sessions_stand_apart(tmp_path: Path) -> None:
    guests = [
        {**each, "traceId": "f" + each["traceId"][1:], "spanId": "f" + each["spanId"][1:]}
        for each in (span(at, at=60 * at, user__id="u-1", **CHAT) for at in range(3))
    ]
    text = analyzed(write(tmp_path / "a.jsonl", [*chats(2), *guests]))
    assert "! 3/9 (33.3 %) traces name no session: inferred from user and time" in text
    assert "apart from these, 1 inferred from user and time: turns p50 3" in text
    assert "SESSIONS  2 sessions" in text


def test_impossible_times_and_unlisted_reasons_are_named(tmp_path: Path) -> None:
    spans = [*chats(2, session__end_reason="moonrise"), span(90, seconds=-5, session__id="s9")]
    text = " ".join(analyzed(write(tmp_path / "a.jsonl", spans)).split())
    assert "! 1/7 (14.3 %) spans end before they start" in text
    assert "! end reasons that are in no list, taken as ended: moonrise 2/2" in text


def test_times_are_shown_in_the_time_zone_that_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", chats(1))
    assert "from 2026-01-01 12:00 to the horizon 2026-01-01 12:02 UTC" in analyzed(path)
    assert "from 2026-01-01 21:00" in analyzed(path, timezone="Asia/Tokyo")
    assert "12:02 UTC" not in analyzed(path, timezone="Asia/Tokyo", format_="markdown")


def test_filters_that_select_nothing_say_so(tmp_path: Path) -> None:
    text = analyzed(write(tmp_path / "a.jsonl", chats(2)), where="turns > 99")
    assert "SESSIONS  none: the filters leave out every session" in text
    assert "where turns > 99" in text and "using_session" not in text


def test_an_attribute_that_nobody_sets_is_one_line(tmp_path: Path) -> None:
    text = analyzed(write(tmp_path / "a.jsonl", chats(9)), by="tier")
    assert "BY TIER  unknown in 9/9 sessions: set tier" in text


HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07",
    "pipe | `code` <b>",
    "x" * 400,
    "日本語" * 60,
    "two\nlines\u202e",
    "jane.doe@example.com",
    "+49 170 1234567",
)


@pytest.mark.parametrize("format_", FORMATS)
def test_hostile_and_personal_names_do_no_harm(tmp_path: Path, format_: AnalysisFormat) -> None:
    spans = []
    for at, text in enumerate(HOSTILE):
        for session in range(6):
            where = at * 100 + session
            spans.append(
                span(where, at=where * 7200, session__id=f"s{where}", user__id=text,
                     journey__name=text, journey__stage=text, journey__stage_number=1,
                     turn__intent=text, turn__output_type=text, session__channel=text,
                     session__end_reason=text, gen_ai__tool__name=text, **CHAT)
            )  # fmt: skip
    path = write(tmp_path / "a.jsonl", spans, scope=HOSTILE[0], service__name=HOSTILE[1])
    shown = analyzed(path, format_=format_, by="channel")
    assert re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]", shown) is None
    assert "jane.doe" not in shown and "1234567" not in shown
    if format_ == "table":
        assert len(shown.splitlines()) <= 55
        assert max(map(cell_len, shown.splitlines())) <= 100


def many_of_everything() -> list[dict[str, Any]]:
    """Return sessions with a dozen journeys, values and reasons, of several conventions."""
    return [
        span(
            session * 10 + turn,
            at=session * 7200 + turn * 60,
            session__id=f"s{session}",
            SampleRate=4,
            journey__name=f"journey of a rather long name {session % 12}",
            journey__stage=f"stage {turn}",
            journey__stage_number=turn + 1,
            turn__intent=f"intent {session % 9}",
            session__end_reason=f"reason {session % 11}",
            session__channel=f"channel {session % 15}",
            dropoff__detected=session % 2 == 0,
            **CHAT,
        )
        for session in range(120)
        for turn in range(1 + session % 9)
    ]


@pytest.mark.parametrize("width", [100, 120, 140])
def test_whatever_the_input_it_is_one_screen(tmp_path: Path, width: int) -> None:
    path = write(tmp_path / "a.jsonl", many_of_everything())
    text = analyzed(path, by="channel", screen=Screen(width=width))
    lines = text.splitlines()
    assert len(lines) <= 55
    assert max(map(len, lines)) <= width
    for title in ("INPUT", "SESSIONS", "BY CHANNEL", "HOW SESSIONS END", "WHERE THEY", "JOURNEYS",
                  "CONTEXT WINDOW", "QUALITY", "DROPPED AGAINST", "ANTI-PATTERNS"):  # fmt: skip
        assert any(line.startswith(title) for line in lines), title
    assert line_of(text, "! sampled export")


def test_threads_and_the_order_of_files_change_no_byte(tmp_path: Path) -> None:
    spans = many_of_everything()
    half = len(spans) // 2
    paths = [
        write(tmp_path / "a.jsonl", spans[:half]),
        write(tmp_path / "b.jsonl", spans[half:]),
    ]
    folder = str(tmp_path)
    for format_ in FORMATS:
        first = analyzed(folder, format_=format_, by="channel", threads=1)
        assert analyzed(folder, format_=format_, by="channel", threads=8) == first
    text = analyzed(*paths, threads=2).replace(", ".join(paths), "")
    back = analyzed(*paths[::-1], threads=2).replace(", ".join(paths[::-1]), "")
    strip = re.compile(r"(?m)^.*(sessiontrace|\.jsonl).*$")
    assert strip.sub("", text) == strip.sub("", back)


def test_the_commands_that_show_more_work(
    tmp_path: Path, command: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    path = write(tmp_path / "it's here.jsonl", many_of_everything())
    shown = command("analyze", path, "--idle", "20m", "--where", "turns > 1")
    assert shown.returncode == 0, shown.stderr
    found = re.findall(r": (sessiontrace report (?:.*\\\n)*.*)", shown.stdout)
    assert len(found) >= 4
    for text in found[:3]:
        words = shlex.split(text.replace("\\\n", " "))
        assert path in words and "turns > 1" in words
        again = command(*words[1:])
        assert again.returncode == 0, again.stderr


def test_a_screen_that_is_not_utf8_gets_ascii(
    tmp_path: Path, command: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    path = write(tmp_path / "a.jsonl", chats(3, journey__name="j", journey__stage="one"))
    shown = command("analyze", path, PYTHONIOENCODING="latin-1")
    assert shown.stdout.isascii() and "####" in shown.stdout
