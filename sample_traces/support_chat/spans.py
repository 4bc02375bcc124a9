"""From a played session to its spans: which key stands on which span.

Session, conversation, turn, context, journey and drop-off keys follow the session-tracking
convention; what runs below a turn follows the OpenTelemetry GenAI conventions.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import otlp
import product as p
from otlp import flag, real, text, whole

if TYPE_CHECKING:
    from scenario import Call, Run, Session, Turn

SCOPES = [
    '{"name":"support_chat.sessions","version":"1.4.0"}',
    '{"name":"support_chat.agents","version":"0.9.2"}',
]
SESSIONS_SCOPE, AGENTS_SCOPE = 0, 1

Span = tuple[int, int, str]
"""End (unix ns), group (resource index * scopes + scope index), OTLP/JSON text."""


def _resources() -> list[str]:
    """Write every resource, in the order of `Session.deployment`."""
    rows = []
    for service, name in enumerate(p.SERVICES):
        for version in p.VERSIONS[service][:2]:
            for environment in p.ENVIRONMENTS:
                for instance in range(p.INSTANCES):
                    place = f"{name} {version} {environment} {instance}"
                    digest = hashlib.sha256(place.encode()).digest()
                    rows.append(
                        otlp.resource(
                            (
                                ("service.name", name),
                                ("service.version", version),
                                ("deployment.environment.name", environment),
                                ("service.instance.id", otlp.uuid(int.from_bytes(digest[:16]))),
                                ("telemetry.sdk.language", "python"),
                                ("telemetry.sdk.name", "opentelemetry"),
                                ("telemetry.sdk.version", "1.38.0"),
                            )
                        )
                    )
    return rows


RESOURCES = _resources()

SESSION_START = otlp.span(
    "session.start", otlp.INTERNAL,
    text("session.id"), text("session.start_time"), text("session.type"),
    text("session.channel"), text("session.client_version"), text("session.locale"),
    text("user.id"), text("user.tier"), text("user.org_id"),
    whole("user.sessions_total"), whole("user.avg_session_length"), whole("user.retention_days"),
)  # fmt: skip
SESSION_END = otlp.span(
    "session.end", otlp.INTERNAL,
    text("session.id"), text("user.id"), text("session.end_reason"), text("session.end_time"),
    whole("session.duration_ms"), whole("session.total_turns"), whole("session.total_tokens"),
    real("session.total_cost_usd"), whole("session.avg_turn_latency_ms"),
    whole("session.avg_turn_tokens"), flag("session.inactive_timeout"), flag("dropoff.detected"),
)  # fmt: skip
IDLE = "," + whole("session.idle_time_ms")
SATISFACTION = "," + real("session.user_satisfaction")
DROPOFF = "," + ",".join((
    whole("dropoff.last_turn"), text("dropoff.last_intent"), text("dropoff.agent_last_action"),
    whole("dropoff.time_since_last_turn_ms"),
))  # fmt: skip

IDENTITY = ",".join((text("session.id"), text("user.id"))) + ","
CONVERSATION = ",".join((
    text("conversation.id"), text("conversation.session_id"), text("conversation.topic"),
)) + ","  # fmt: skip
TURN = otlp.span(
    "conversation.turn", otlp.SERVER,
    "%s" + text("turn.id"), text("turn.role"),
    whole("conversation.total_turns"), whole("conversation.messages_in_context"),
    whole("conversation.context_tokens"), real("conversation.context_window_pct"),
    whole("context.tokens"),
    whole("turn.input_length"), text("turn.input_type"), flag("turn.has_attachments"),
    whole("turn.output_length"), text("turn.output_type"),
    whole("turn.agent_runs"), whole("turn.tool_calls"), whole("turn.latency_ms"),
)  # fmt: skip
NUMBERS = "," + whole("turn.number") + "," + whole("conversation.turn_number")
JOURNEY = "," + ",".join((
    text("journey.name"), text("journey.stage"), whole("journey.stage_number"),
    whole("journey.total_stages"), whole("journey.time_in_stage_ms"),
))  # fmt: skip
CONVERSION = "," + ",".join((
    flag("journey.converted"), whole("journey.conversion_turn"),
    whole("journey.conversion_time_ms"),
))  # fmt: skip
EVALUATION = otlp.event(
    "gen_ai.evaluation.result", text("gen_ai.evaluation.name"),
    real("gen_ai.evaluation.score.value"), text("gen_ai.evaluation.score.label"),
)  # fmt: skip
MANAGE_CONTEXT = otlp.span(
    "conversation.manage_context", otlp.INTERNAL,
    "%s" + whole("context.current_tokens"), whole("context.new_tokens"),
    whole("context.limit"), flag("context.pruned"),
)  # fmt: skip
CHECKED = text("session.id") + "," + text("conversation.id") + ","
GEN_AI_CONVERSATION = "," + text("gen_ai.conversation.id")
PRUNED = "," + whole("context.messages_pruned")

ERROR_TYPE = "," + text("error.type")
EXCEPTION = otlp.event(
    "exception", text("exception.type"), text("exception.message"), text("exception.stacktrace")
)
INVOKE_AGENT = otlp.span(
    "invoke_agent %s", otlp.INTERNAL,
    "%s" + text("gen_ai.operation.name"), text("gen_ai.agent.name"), text("gen_ai.request.model"),
)  # fmt: skip
CHAT = otlp.span(
    "chat %s", otlp.CLIENT,
    "%s" + text("gen_ai.operation.name"), text("gen_ai.provider.name"),
    text("gen_ai.request.model"),
)  # fmt: skip
ANSWERED = "," + ",".join((
    text("gen_ai.response.model"), otlp.texts("gen_ai.response.finish_reasons"),
    whole("gen_ai.usage.input_tokens"),
    whole("gen_ai.usage.output_tokens"), whole("gen_ai.usage.cache_read.input_tokens"),
))  # fmt: skip
EXECUTE_TOOL = otlp.span(
    "execute_tool %s", otlp.INTERNAL,
    "%s" + text("gen_ai.operation.name"), text("gen_ai.tool.name"),
    text("gen_ai.tool.call.id"), text("gen_ai.agent.name"),
)  # fmt: skip
SESSION = text("session.id") + ","
INPUT_MESSAGES = "," + text("gen_ai.input.messages")
MESSAGE = '{\\"role\\":\\"%s\\",\\"parts\\":[{\\"type\\":\\"text\\",\\"content\\":\\"%s\\"}]}'

TRUTH_COLUMNS = (
    "session_id,user_id,turns,llm_calls,tool_calls,tool_errors,input_tokens,output_tokens,"
    "first_start_unix_ns,last_end_unix_ns,end_kind,converted,client_version,plants"
)
END_REASONS = {"gave_up": "timeout"}
FLAGS = ("false", "true")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOW_64 = (1 << 64) - 1
_LOW_128 = (1 << 128) - 1
_MS = 1_000_000

_ASKED = (
    "could you check why the numbers on our side differ from what the page shows since monday "
    "and tell me which setting decides that, we tried it twice and nothing changed for the team "
)
_ANSWERED = (
    "thanks for the details, here is what i found: the setting lives in the workspace options, "
    "it takes effect after the next sync, and existing records keep their old value until then. "
    "you can start a sync by hand from the same page, it usually finishes within a few minutes. "
)


class SessionWriter:
    """Writes the spans of one session and counts what it writes."""

    def __init__(self, session: Session, *, linked: bool, numbered: bool, history: bool) -> None:
        """Prepare to write; `linked` is false for a turn that carries no ids at all."""
        self.session = session
        self.linked = linked
        self.numbered = numbered
        self.history: list[str] | None = [] if history else None
        self.session_id = otlp.uuid(session.session_id)
        user_id = session.person.user_id
        self.identity = IDENTITY % (self.session_id, user_id) if linked else ""
        self.group = session.deployment * len(SCOPES)
        self.provider, self.requested, self.answered, *self.prices = p.MODELS[session.model]
        self.spans: list[Span] = []
        self.llm_calls = self.tool_calls = self.tool_errors = 0
        self.input_tokens = self.output_tokens = self.cost = self.latency = 0

    def write(self) -> list[Span]:
        """Write all spans of the session, in the order things happened."""
        session = self.session
        if self.linked:
            self._start()
        for turn in session.turns:
            self._turn(turn)
        if self.linked and session.end_kind not in ("open", "silent"):
            self._end()
        return self.spans

    def truth(self) -> str:
        """Write the session's row of truth.csv."""
        session = self.session
        converted = any(turn.converts for turn in session.turns)
        return (
            f"{self.session_id},{session.person.user_id},{len(session.turns)},{self.llm_calls},"
            f"{self.tool_calls},{self.tool_errors},{self.input_tokens},{self.output_tokens},"
            f"{session.start},{max(end for end, _, _ in self.spans)},{session.end_kind},"
            f"{FLAGS[converted]},{session.person.client_version},"
            f"{';'.join(sorted(session.plants))}\n"
        )

    def _start(self) -> None:
        session, person = self.session, self.session.person
        end = session.start + 700_000 + (session.span_bits & 0xFFFFF)
        body = SESSION_START % (
            session.span_bits & _LOW_128, session.span_bits >> 128 & _LOW_64, "",
            session.start, end,
            self.session_id, _iso(session.start), session.kind, session.channel,
            person.client_version, person.locale, person.user_id, person.tier,
            f"org_{person.org + 101}", session.visit, person.usual_turns,
            session.days_since_first, "", "", otlp.UNSET,
        )  # fmt: skip
        self.spans.append((end, self.group + SESSIONS_SCOPE, body))

    def _end(self) -> None:
        session = self.session
        last, turns = session.turns[-1], len(session.turns)
        end = session.end + 900_000 + (session.span_bits >> 20 & 0xFFFFF)
        gave_up = session.end_kind == "gave_up"
        timeout = gave_up or session.end_kind == "timeout"
        idle = (session.end - last.end) // _MS
        extra = IDLE % idle if timeout else ""
        if gave_up:
            extra += DROPOFF % (turns, last.intent, last.action, idle)
        if session.satisfaction >= 0:
            extra += SATISFACTION % otlp.decimal(session.satisfaction, 2)
        tokens = self.input_tokens + self.output_tokens
        body = SESSION_END % (
            session.span_bits >> 192 & _LOW_128, session.span_bits >> 320, "",
            session.end, end,
            self.session_id, session.person.user_id,
            END_REASONS.get(session.end_kind, session.end_kind), _iso(session.end),
            (session.end - session.start) // _MS, turns, tokens,
            otlp.decimal(self.cost // 1000, 6), self.latency // turns, tokens // turns,
            FLAGS[timeout], FLAGS[gave_up], extra, "", otlp.UNSET,
        )  # fmt: skip
        self.spans.append((end, self.group + SESSIONS_SCOPE, body))

    def _turn(self, turn: Turn) -> None:
        session, conversation = self.session, turn.conversation
        parent = f"{turn.span_id:016x}"
        ids = below = ""
        if self.linked:
            conversation_id = otlp.uuid(conversation.conversation_id)
            topic = p.ONBOARDING_TOPIC if turn.stage else p.TOPICS[conversation.topic][0]
            ids = self.identity + CONVERSATION % (conversation_id, self.session_id, topic)
            below = SESSION % self.session_id
        if turn.check:
            check = turn.check
            pruned = check.messages_pruned
            checked = CHECKED % (self.session_id, conversation_id) if self.linked else ""
            body = MANAGE_CONTEXT % (
                turn.trace_id, check.span_id, parent, check.start, check.end,
                checked, check.current_tokens, check.new_tokens, session.context_limit,
                FLAGS[pruned > 0], PRUNED % pruned if pruned else "", "", otlp.UNSET,
            )  # fmt: skip
            self.spans.append((check.end, self.group + SESSIONS_SCOPE, body))
        if self.history is not None:
            if turn.number == 1:
                self.history.clear()
            self.history.append(MESSAGE % ("user", _prose(_ASKED, turn.input_length, turn.index)))
        tools = self.tool_calls
        for run in turn.runs:
            self._run(turn, run, parent, below)
        if self.history is not None:
            answer = _prose(_ANSWERED, turn.output_length, turn.index)
            self.history.append(MESSAGE % ("assistant", answer))

        extra = NUMBERS % (turn.number, turn.number) if self.numbered else ""
        if turn.stage and self.linked:
            since = (turn.end - turn.stage_entered) // _MS
            extra += JOURNEY % (
                p.JOURNEY,
                p.STAGES[turn.stage - 1][0],
                turn.stage,
                len(p.STAGES),
                since,
            )
            if turn.converts:
                extra += CONVERSION % ("true", turn.index, (turn.start - session.start) // _MS)
        status = otlp.UNSET
        if turn.error:
            extra += ERROR_TYPE % turn.error
            status = otlp.failed("the agent gave no answer")
        scored = ""
        if turn.score >= 0:
            label = "pass" if turn.score >= 50 else "fail"
            scored = EVALUATION % (
                turn.end - 100_000,
                "helpfulness",
                otlp.decimal(turn.score, 2),
                label,
            )
        latency = (turn.end - turn.start) // _MS
        self.latency += latency
        body = TURN % (
            turn.trace_id, turn.span_id, "", turn.start, turn.end,
            ids, otlp.uuid(turn.turn_id), "user", turn.number, turn.messages,
            turn.context_tokens,
            otlp.decimal(turn.context_tokens * 10_000 // session.context_limit, 4),
            turn.context_tokens, turn.input_length, turn.intent, FLAGS[turn.has_attachments],
            turn.output_length, turn.action, len(turn.runs), self.tool_calls - tools, latency,
            extra, scored, status,
        )  # fmt: skip
        self.spans.append((turn.end, self.group + SESSIONS_SCOPE, body))

    def _run(self, turn: Turn, run: Run, parent: str, below: str) -> None:
        self_id = f"{run.span_id:016x}"
        extra = ""
        if self.linked:
            conversation = otlp.uuid(turn.conversation.conversation_id)
            extra = GEN_AI_CONVERSATION % conversation
        if run.error:
            extra += ERROR_TYPE % run.error
        for call in run.calls:
            if call.tool:
                self._tool_call(turn, run, call, self_id, below)
            else:
                self._model_call(turn, call, self_id, below)
        body = INVOKE_AGENT % (
            turn.trace_id, run.span_id, parent, run.agent, run.start, run.end,
            below, "invoke_agent", run.agent, self.requested, extra, "",
            otlp.failed(f"model call failed: {run.error}") if run.error else otlp.UNSET,
        )  # fmt: skip
        self.spans.append((run.end, self.group + AGENTS_SCOPE, body))

    def _model_call(self, turn: Turn, call: Call, parent: str, below: str) -> None:
        self.llm_calls += 1
        events, status = "", otlp.UNSET
        if call.error:
            extra = ERROR_TYPE % call.error
            events, status = _exception(call, "ModelError")
        else:
            self.input_tokens += call.input_tokens
            self.output_tokens += call.output_tokens
            fresh, cached, written = self.prices
            self.cost += (
                (call.input_tokens - call.cached_tokens) * fresh
                + call.cached_tokens * cached
                + call.output_tokens * written
            )
            extra = ANSWERED % (
                self.answered, call.finish_reason,
                call.input_tokens, call.output_tokens, call.cached_tokens,
            )  # fmt: skip
        if self.history is not None:
            extra += INPUT_MESSAGES % ("[" + ",".join(self.history) + "]")
        body = CHAT % (
            turn.trace_id, call.span_id, parent, self.requested, call.start, call.end,
            below, "chat", self.provider, self.requested,
            extra, events, status,
        )  # fmt: skip
        self.spans.append((call.end, self.group + AGENTS_SCOPE, body))

    def _tool_call(self, turn: Turn, run: Run, call: Call, parent: str, below: str) -> None:
        self.tool_calls += 1
        extra = events = ""
        status = otlp.UNSET
        if call.error:
            self.tool_errors += 1
            extra = ERROR_TYPE % call.error
            events, status = _exception(call, "ToolError")
        body = EXECUTE_TOOL % (
            turn.trace_id, call.span_id, parent, call.tool, call.start, call.end,
            below, "execute_tool", call.tool, f"call_{call.reference:016x}",
            run.agent, extra, events, status,
        )  # fmt: skip
        self.spans.append((call.end, self.group + AGENTS_SCOPE, body))


def _exception(call: Call, kind: str) -> tuple[str, str]:
    """Write the exception event and the status of a failed call."""
    what = call.tool or "model"
    message = f"{what}: {call.error}"
    stack = f"support_chat.errors.{kind}: {message}\\n  in {what} (attempt 2 of 2)"
    event = EXCEPTION % (call.end - 50_000, f"support_chat.errors.{kind}", message, stack)
    return event, otlp.failed(message)


def _prose(words: str, length: int, offset: int) -> str:
    """Cut `length` characters out of endless prose, another piece for each offset."""
    begin = offset * 37 % len(words)
    return (words[begin:] + words * (length // len(words) + 1))[:length]


def _iso(ns: int) -> str:
    """Write a time as ISO 8601 in UTC with microseconds."""
    return (_EPOCH + timedelta(microseconds=ns // 1000)).isoformat(timespec="microseconds")
