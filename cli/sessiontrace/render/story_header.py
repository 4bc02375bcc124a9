"""What stands above the timeline of a session: a few lines of facts, missing ones left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.cells import folded, width_of
from sessiontrace.render.story import Facts, Story, facts
from sessiontrace.render.types import Column
from sessiontrace.render.values import human

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOT = " · "
_ENDS = {True: "dropped", False: "not dropped", None: "dropped or not: no goal known"}


def header_lines(story: Story) -> list[tuple[str, str]]:
    """Return pairs of a label and facts."""
    session = next(facts(story.header))
    found = [
        ("user", _user(session)),
        ("from", _origin(session)),
        ("time", _time(session)),
        ("held", _held(session)),
        ("spent", _spent(session)),
        ("end", end_text(session)),
        *(("journey", line) for line in _journeys(story)),
        ("scores", _scores(story)),
        *(("declared", line) for line in _disagreements(story)),
    ]
    return [(label, text) for label, text in found if text]


def joined(*parts: str) -> str:
    """Return the parts that say something, with dots between them."""
    return _DOT.join(part for part in parts if part)


def count(number: object, noun: str) -> str:
    """Return "1 turn", "3 turns"; "" if the number is not known."""
    if not isinstance(number, int):
        return ""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield a text in lines, broken at the dots between facts where that is possible."""
    line = ""
    for part in text.split(_DOT):
        longer = f"{line}{_DOT}{part}" if line else part
        if width_of(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        *full, line = folded(part, width)
        yield from full
    yield line


def end_text(session: Facts) -> str:
    """Return how the session ended and why."""
    state, why = session.text("end_state"), session.text("end_why")
    outcome = session.value("is_dropped")
    return joined(
        f"{state} ({why})" if why else state,
        "" if state == "open" else _ENDS[outcome if isinstance(outcome, bool) else None],
    )


def last_text(session: Facts) -> str:
    """Return what stood at the end of the session."""
    return joined(
        _prefixed("intent ", session.text("last_intent")),
        _prefixed("action ", session.text("last_agent_action")),
        _prefixed("tool ", session.text("last_tool")),
        _prefixed("finish reason ", session.text("last_finish_reason")),
        _prefixed("error ", session.text("last_error")),
        _prefixed("wait ", session.text("last_wait_ms")),
        _prefixed("context ", session.text("last_context_share")),
        _prefixed("stage ", session.text("last_stage")),
    )


def _prefixed(label: str, text: str) -> str:
    return f"{label}{text}" if text else ""


def _user(session: Facts) -> str:
    user, known = session.text("user_id"), session.value("user_sessions")
    return joined(
        f"{user} ({session.text('user_id_class')})" if user else "not known",
        f"{count(known, 'session')} in the export" if user and known else "",
        _prefixed("org ", session.text("org_id")),
        _prefixed("tier ", session.text("tier")),
    )


def _origin(session: Facts) -> str:
    source = session.text("session_source")
    return joined(
        session.text("service_name"),
        session.text("environment"),
        _prefixed("release ", session.text("release")),
        session.text("type"),
        session.text("channel"),
        _prefixed("client ", session.text("client_version")),
        session.text("locale"),
        "" if source == "declared" else f"session id: {source}",
    )


def _time(session: Facts) -> str:
    return joined(
        f"{session.text('start_time')} to {session.text('end_time')} UTC",
        _prefixed("wall ", session.text("wall_ms")),
        _prefixed("active ", session.text("active_ms")),
        count(session.value("sittings"), "sitting"),
    )


def _held(session: Facts) -> str:
    failed = session.value("tool_errors")
    conversations = session.value("conversations")
    return joined(
        count(conversations, "conversation") if conversations != 1 else "",
        count(session.value("turns"), "turn"),
        count(session.value("agent_runs"), "agent run"),
        count(session.value("llm_calls"), "model call"),
        count(session.value("tool_calls"), "tool call") + (f" ({failed} failed)" if failed else ""),
    )


def _spent(session: Facts) -> str:
    given, made = session.text("input_tokens"), session.text("output_tokens")
    cached, thought = session.text("cached_input_tokens"), session.text("reasoning_tokens")
    return joined(
        f"{given} tokens in" + (f" ({cached} cached)" if cached else "") if given else "",
        f"{made} out" + (f" ({thought} reasoning)" if thought else "") if made else "",
        session.text("cost_usd"),
        _prefixed("context up to ", session.text("max_context_share")),
    )


def _journeys(story: Story) -> Iterator[str]:
    by_name: dict[str, list[Facts]] = {}
    for stage in facts(story.stages):
        by_name.setdefault(stage.text("journey"), []).append(stage)
    for name, stages in by_name.items():
        reached = [
            stage.text("stage")
            + _prefixed(" (turn ", stage.text("turn_index"))
            + (")" if stage.value("turn_index") is not None else "")
            for stage in stages
        ]
        total = stages[0].text("total_stages")
        yield joined(
            f"{name}: {' → '.join(reached)}",
            f"{total} stages in all" if total else "",
            "converted" if stages[0].value("is_converted") else "",
        )


def _scores(story: Story) -> str:
    return joined(
        *(
            f"{each.text('name')} {each.text('score')}{_prefixed(' ', each.text('label'))}"
            for each in facts(story.scores)
        )
    )


def _disagreements(story: Story) -> Iterator[str]:
    for each in facts(story.declared):
        if each.value("is_different"):
            declared, observed = (
                each.text(f"{side}_text") or _amount(each, side)
                for side in ("declared", "observed")
            )
            yield f"{each.text('aspect')} {declared}, observed {observed or 'nothing'}"


def _amount(each: Facts, side: str) -> str:
    value, unit = each.value(side), each.value("unit")
    if value is None or not isinstance(value, int | float):
        return ""
    if unit == "s since 1970":
        return human(int(value * 1e9), Column(side, side, kind="time"))
    whole = int(value) if float(value).is_integer() else value
    return human(whole, Column(side, side, kind="number"), unit if isinstance(unit, str) else None)
