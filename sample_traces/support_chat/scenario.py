"""Who chats when, how each session goes and where it ends: decisions only, no OTLP.

Every session has its own random numbers, seeded from (seed, index), and a turn takes the same
ones whether a plant is in or not; so a session without a plant differs from the same session
with it only where the plant bites. All times are nanoseconds.
"""

from __future__ import annotations

import hashlib
import hmac
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from math import gcd
from random import Random
from typing import Final

import product as p
from product import pick, quantile

PLANTS: Final = (
    "tool_error_dropoff",
    "slow_answer_dropoff",
    "journey_stage_loss",
    "context_pruning",
    "raw_email_ids",
    "lost_turn_numbers",
    "full_history",
    "orphan_traces",
    "open_sessions",
    "no_dropoff_detection",
)
EMAIL_VERSION, UNNUMBERED_VERSION, HISTORY_VERSION = "2.3.0", "2.4.1", "1.9.0"

WAVES = 8
STRIDES = (1_000_003, 1_000_033, 1_000_037, 1_000_039, 1_000_081, 1_000_099, 1_000_117, 1_000_121)
SESSIONS_STREAM, PEOPLE_STREAM, ORPHANS_STREAM = 0, 1, 2
SALT = b"support_chat sample"
ORPHAN_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class Person:
    """One user, as every session of theirs tells it."""

    user_id: str
    org: int
    tier: str
    locale: str
    channel: str
    client_version: str
    sessions_before: int
    days_before: int
    usual_turns: int


@dataclass(slots=True)
class Call:
    """One model call or tool call. `tool` is empty for a model call, `error` for a good one."""

    span_id: int
    start: int
    end: int
    tool: str = ""
    error: str = ""
    reference: int = 0
    finish_reason: str = ""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


@dataclass(slots=True)
class Run:
    """One agent run with its calls, in order."""

    span_id: int
    agent: str
    start: int
    end: int = 0
    error: str = ""
    calls: list[Call] = field(default_factory=list)


@dataclass(slots=True)
class Check:
    """One look at the context before the agent runs; token counts are those before pruning."""

    span_id: int
    start: int
    end: int
    current_tokens: int
    new_tokens: int
    messages_pruned: int


@dataclass(slots=True)
class Conversation:
    """One topic within a session, and what its context holds so far."""

    conversation_id: int
    topic: int
    turns: int = 0
    tokens: int = 0
    messages: int = 0


@dataclass(slots=True)
class Turn:
    """One exchange: a trace of its own."""

    trace_id: int
    span_id: int
    turn_id: int
    conversation: Conversation
    index: int
    number: int
    start: int
    end: int = 0
    intent: str = ""
    action: str = ""
    input_length: int = 0
    output_length: int = 0
    has_attachments: bool = False
    context_tokens: int = 0
    messages: int = 0
    check: Check | None = None
    runs: list[Run] = field(default_factory=list)
    error: str = ""
    tool_errors: int = 0
    score: int = -1
    stage: int = 0
    stage_entered: int = 0
    converts: bool = False


@dataclass(slots=True)
class Session:
    """One sitting. `end_kind` is `open` or `silent` if nothing says that it ended."""

    index: int
    session_id: int
    person: Person
    kind: str
    channel: str
    service: int
    deployment: int
    model: int
    visit: int
    days_since_first: int
    start: int
    span_bits: int
    context_limit: int
    turns: list[Turn] = field(default_factory=list)
    end_kind: str = ""
    end: int = 0
    satisfaction: int = -1
    plants: set[str] = field(default_factory=set)


class World:
    """All that is the same for every session of a run: calendar, seats, plants."""

    def __init__(self, sessions: int, seed: int, plants: frozenset[str]) -> None:
        """Lay out `sessions` sessions over the window."""
        self.sessions = sessions
        self.seed = seed
        self.plants = plants
        self.late = min(max(6, sessions // 28), sessions // 2, 600)
        """How many sessions start within the last half hour of the window."""
        self.orgs = max(20, sessions // 300)
        self._seats = -(-sessions // WAVES)
        self._strides = [_coprime(stride, self._seats) for stride in STRIDES]
        hours = [p.HOURLY_TRAFFIC[day % 7 >= 5][hour] for day in range(28) for hour in range(24)][
            : -p.QUIET_NS // p.HOUR
        ]
        self._traffic = [0, *accumulate(hours)]

    def random(self, stream: int, index: int) -> Random:
        """Random numbers that nobody else takes."""
        return Random((self.seed * 3 + stream) << 64 | index)

    def start(self, index: int) -> int:
        """When a session starts, unix ns; a later index never starts earlier."""
        return self._start(index, self.random(SESSIONS_STREAM, index).random())

    def _start(self, index: int, jitter: float) -> int:
        ordinary = self.sessions - self.late
        if index >= ordinary:
            lead = 28 * p.MINUTE
            place = int((index - ordinary + jitter) / self.late * (lead - 150 * p.SECOND))
            return p.WINDOW_START_NS + p.WINDOW_NS - lead + place
        place_in_traffic = (index + jitter) / ordinary * self._traffic[-1]
        hour = bisect_right(self._traffic, place_in_traffic) - 1
        before, after = self._traffic[hour], self._traffic[hour + 1]
        into_hour = int((place_in_traffic - before) / (after - before) * p.HOUR)
        return p.WINDOW_START_NS + hour * p.HOUR + into_hour

    def visitor(self, index: int) -> tuple[int, int, int]:
        """Who comes: (user, how many of their sessions came before, index of the first)."""
        wave, place = divmod(index, self._seats)
        seat = place * self._strides[wave] % self._seats
        pattern = p.VISIT_PATTERNS[(seat * 2_654_435_761 >> 7) % len(p.VISIT_PATTERNS)]
        letter = pattern[wave]
        earlier = pattern[:wave].count(letter)
        first = pattern.index(letter)
        inverse = pow(self._strides[first], -1, self._seats) if self._seats > 1 else 0
        return (
            seat * WAVES + ord(letter) - ord("a"),
            earlier,
            first * self._seats + seat * inverse % self._seats,
        )

    def person(self, user: int) -> Person:
        """Everything that stays the same about a user."""
        draw = self.random(PEOPLE_STREAM, user).random
        version = pick(p.CLIENT_VERSIONS, draw())
        given, family = pick(p.GIVEN_NAMES, draw()), pick(p.FAMILY_NAMES, draw())
        org = int(draw() * self.orgs)
        locale, channel = pick(p.LOCALES, draw()), pick(p.CHANNELS, draw())
        before = pick(p.PRIOR_SESSIONS, draw())
        days = int(draw() * 300) + 1 if before else 0
        if version == EMAIL_VERSION and "raw_email_ids" in self.plants:
            user_id = f"{given}.{family}{user}@example.{'org' if user % 3 == 0 else 'com'}"
        else:
            user_id = hmac.new(SALT, b"user %d" % user, hashlib.sha256).hexdigest()
        tier = p.TIERS[org * 7 % len(p.TIERS)]
        return Person(
            user_id, org, tier, locale, channel, version, before, days, 2 + int(draw() * 6)
        )

    def play(self, index: int) -> Session:
        """Play one session from its first turn to its end."""
        return _Play(self, index).session

    def orphan(self, index: int) -> Session | None:
        """Play a turn that nobody linked to a session, at about the time of session `index`."""
        if "orphan_traces" not in self.plants or index >= self.sessions - self.late:
            return None
        draw = self.random(ORPHANS_STREAM, index).random
        if draw() >= ORPHAN_SHARE:
            return None
        return _Play(self, index, ORPHANS_STREAM, int(draw() * p.MINUTE)).session


class _Play:
    """The course of one session; a class only because the turns share so much state."""

    def __init__(
        self, world: World, index: int, stream: int = SESSIONS_STREAM, delay: int = 0
    ) -> None:
        self.world = world
        self.random = random = world.random(stream, index)
        draw, bits = random.random, random.getrandbits
        start = (world._start(index, draw()) if stream == SESSIONS_STREAM else
                 world.start(index)) + delay  # fmt: skip
        user, earlier, first = world.visitor(index)
        person = world.person(user)
        ids = bits(384)
        kind_at, service_at, model_at, turns_at, ending_at = (draw() for _ in range(5))
        second_at, place_at, deployment_at, mobile_at = (draw() for _ in range(4))
        asked_at, rating_at, closing_at, opening_at = (draw() for _ in range(4))

        late = index >= world.sessions - world.late
        kind, channel = "chat", person.channel
        if channel == "api" and not late and kind_at < 0.8:
            kind = "api" if kind_at < 0.6 else "batch"
        if channel == "web" and mobile_at < 0.12:
            channel = "mobile"
        self.onboarding = channel != "api" and service_at < 0.36
        service = 1 if self.onboarding else 0
        rollout = p.WINDOW_START_NS + p.VERSIONS[service][2]
        staging = deployment_at >= 0.95
        deployment = (service * 2 + (start >= rollout)) * 2 + staging
        since = (start - (world.start(first) if first != index else start)) // p.DAY
        roomy = "context_pruning" not in world.plants
        self.session = Session(
            index=index,
            session_id=ids & _LOW_128,
            person=person,
            kind=kind,
            channel=channel,
            service=service,
            deployment=deployment * p.INSTANCES + int(deployment_at * 100) % p.INSTANCES,
            model=int(model_at < 0.35),
            visit=person.sessions_before + earlier + 1,
            days_since_first=person.days_before + since,
            start=start,
            span_bits=bits(384),
            context_limit=p.ROOMY_CONTEXT_LIMIT if roomy else p.CONTEXT_LIMIT,
        )
        self.human = kind == "chat"
        planned = pick(p.TURNS, turns_at)
        if kind == "api":
            planned = min(planned, 3)
        elif kind == "batch":
            planned = quantile(p.BATCH_TURNS, turns_at)
        elif self.onboarding:
            planned = p.MOST_TURNS
        if stream == ORPHANS_STREAM:
            planned = 1
        self.planned = planned
        self.ending = pick(p.ENDINGS, ending_at) if self.human else "completed"
        splits = self.human and not self.onboarding and planned >= 4 and second_at < 0.2
        self.second_from = 2 + int(place_at * (planned - 2)) if splits else p.MOST_TURNS
        self.topic = int(turns_at * 7919) % len(p.TOPICS)
        self.conversation = Conversation(
            ids >> 128 & _LOW_128, self.topic, tokens=p.PROMPT_TOKENS[service]
        )
        self.second_id = ids >> 256 & _LOW_128
        self.passing = (
            p.PASSING_WITH_LOSS if "journey_stage_loss" in world.plants else p.PASSING_EVENLY
        )
        self.stage = 1
        self.stage_entered = 0
        self.goes_on = False
        self.converted = False
        self._turns(start + quantile(p.OPENING_NS, opening_at))
        self._close(asked_at, rating_at, closing_at)

    def _turns(self, now: int) -> None:
        """Play turns until somebody leaves."""
        session, world = self.session, self.world
        cut = p.WINDOW_START_NS + p.WINDOW_NS if "open_sessions" in world.plants else None
        asked = False
        for index in range(1, self.planned + 1):
            if index == self.second_from:
                self.conversation = Conversation(
                    self.second_id, (self.topic + 1) % len(p.TOPICS), tokens=p.PROMPT_TOKENS[0]
                )
            turn, wait, leaving, parting = self._turn(index, now, asked)
            if cut is not None and turn.end > cut:
                session.end_kind = "open"
                return
            session.turns.append(turn)
            asked = turn.action == "asked_question"
            if self._is_over(turn, leaving, parting):
                return
            now = turn.end + wait

    def _is_over(self, turn: Turn, leaving: float, parting: float) -> bool:
        """Decide whether the session ends with this turn, and how."""
        session = self.session
        if not self.human:
            session.end_kind = "error" if turn.error else "completed"
            return turn.index == self.planned
        if self.converted:
            session.end_kind = "resolved"
            return not turn.converts or parting < 0.5
        if turn.error and parting < 0.4:
            session.end_kind = "error"
            return True
        if not self.onboarding and turn.index >= self.planned:
            session.end_kind = "gave_up" if turn.error or turn.tool_errors else self.ending
            return True
        plants = self.world.plants
        if turn.tool_errors and leaving < p.LEAVES_AFTER_TOOL_ERROR:
            if "tool_error_dropoff" in plants:
                return self._leave("tool_error_dropoff")
        elif (
            turn.end - turn.start > p.SLOW_NS
            and leaving < p.LEAVES_AFTER_SLOW_ANSWER
            and "slow_answer_dropoff" in plants
        ):
            return self._leave("slow_answer_dropoff")
        if self.onboarding and turn.runs and not turn.error and not self.goes_on:
            passing = self.passing[self.stage - 1]
            if parting < p.STAGE_FINISHED:
                self.goes_on = parting < p.STAGE_FINISHED * passing
                if not self.goes_on:
                    lost = parting < p.STAGE_FINISHED * p.PASSING_EVENLY[self.stage - 1]
                    return self._leave("journey_stage_loss" if lost else "")
        if turn.index >= self.planned or turn.end - session.start > p.LONGEST_SESSION_NS:
            return self._leave("")
        return False

    def _leave(self, plant: str) -> bool:
        self.session.end_kind = "gave_up"
        if plant:
            self.session.plants.add(plant)
        return True

    def _close(self, asked_at: float, rating_at: float, closing_at: float) -> None:
        """Let the product notice the end, if it does."""
        session, plants = self.session, self.world.plants
        last = session.turns[-1].end
        if session.end_kind in ("gave_up", "timeout"):
            session.end = last + p.IDLE_TIMEOUT_NS + int(closing_at * 30 * p.SECOND)
        else:
            session.end = last + quantile(p.CLOSING_NS, closing_at)
        window_end = p.WINDOW_START_NS + p.WINDOW_NS
        late = session.index >= self.world.sessions - self.world.late
        if session.channel == "slack" and "no_dropoff_detection" in plants:
            session.plants.add("no_dropoff_detection")
            session.end_kind = "silent"
        unseen = session.end > window_end or session.end_kind in ("open", "silent")
        if late and unseen and "open_sessions" in plants:
            session.plants.add("open_sessions")
            session.end_kind = "open"
        if session.end_kind in p.SATISFACTION and asked_at < p.SATISFACTION_SHARE:
            session.satisfaction = quantile(p.SATISFACTION[session.end_kind], rating_at)
        version = session.person.client_version
        for plant, affected in (
            ("raw_email_ids", version == EMAIL_VERSION),
            ("lost_turn_numbers", version == UNNUMBERED_VERSION),
            ("full_history", version == HISTORY_VERSION),
            ("context_pruning", any(t.check and t.check.messages_pruned for t in session.turns)),
        ):
            if affected and plant in plants:
                session.plants.add(plant)

    def _turn(self, index: int, now: int, asked: bool) -> tuple[Turn, int, float, float]:
        """Play one turn: (turn, wait until the next ns, mood to leave, mood to go on)."""
        random = self.random
        draw, bits = random.random, random.getrandbits
        ids = bits(384)
        intent_at, attached_at, input_at, output_at, passages_at = (draw() for _ in range(5))
        tools_at, action_at, slow_at, extra_at, failing_at = (draw() for _ in range(5))
        triage_at, scored_at, score_at, leaving, parting, wait_at = (draw() for _ in range(6))

        conversation = self.conversation
        conversation.turns += 1
        turn = Turn(
            trace_id=ids & _LOW_128,
            turn_id=ids >> 128 & _LOW_128,
            span_id=ids >> 256 & _LOW_64,
            conversation=conversation,
            index=index,
            number=conversation.turns,
            start=now,
        )
        if self.converted:
            turn.intent = "feedback"
        elif asked and intent_at < 0.75:
            turn.intent = "clarification"
        else:
            intents = p.OPENING_INTENTS if index == 1 or not self.human else p.INTENTS
            turn.intent = pick(intents, intent_at)
        turn.input_length = quantile(p.INPUT_CHARACTERS, input_at)
        turn.has_attachments = turn.intent == "command" and attached_at < 0.25
        scripted = turn.intent in p.SCRIPTED
        new_tokens = turn.input_length // 4 + 1
        if not scripted:
            new_tokens += quantile(p.PASSAGE_TOKENS, passages_at)
        self._fit_context(turn, new_tokens, ids >> 320, scripted)
        if scripted:
            turn.action = "acknowledgement"
            turn.output_length = 40 + int(output_at * 60)
            turn.end = now + quantile(p.CANNED_NS, extra_at)
            conversation.tokens += turn.output_length // 4
        else:
            turn.output_length = quantile(p.OUTPUT_CHARACTERS, output_at)
            last = self.human and not self.onboarding and index == self.planned
            handoff = last and self.ending == "escalated"
            fails = failing_at < p.MODEL_ERROR_SHARE and not handoff
            extra = quantile(p.SLOW_EXTRA_NS, extra_at) if slow_at < p.SLOW_SHARE else 0
            self._runs(turn, tools_at, triage_at, extra, handoff, fails)
            turn.action = (
                "error" if turn.error
                else "human_handoff" if handoff
                else pick(p.ACTIONS_AFTER_TOOL_ERROR, action_at) if turn.tool_errors
                else pick(p.ACTIONS_AFTER_TOOL, action_at) if len(turn.runs[-1].calls) > 1
                else pick(p.ACTIONS, action_at)
            )  # fmt: skip
            if scored_at < p.EVALUATION_SHARE and not turn.error:
                good = turn.action in ("answer", "action") and not turn.tool_errors
                turn.score = (55 if good else 15) + int(score_at * 45)
        conversation.messages += 2
        if self.onboarding:
            self._advance(turn)
        think = p.THINK_NS if self.human else p.BATCH_THINK_NS
        return turn, quantile(think, wait_at), leaving, parting

    def _fit_context(self, turn: Turn, new_tokens: int, check_id: int, scripted: bool) -> None:
        """Put the user's message into the context, after pruning it if there is no room."""
        conversation, limit = turn.conversation, self.session.context_limit
        current = conversation.tokens
        needed = current + new_tokens
        if not scripted and (needed > p.CONTEXT_LIMIT * 0.6 or turn.number % 4 == 0):
            pruned = 0
            if needed > limit * 0.8:
                kept = p.PROMPT_TOKENS[self.session.service]
                conversation.tokens = kept + (current - kept) * 2 // 5
                pruned = conversation.messages * 3 // 5
                conversation.messages -= pruned
            took = 2_000_000 + current * 400
            begin = turn.start + 300_000
            turn.check = Check(check_id, begin, begin + took, current, new_tokens, pruned)
        conversation.tokens += new_tokens
        turn.context_tokens = conversation.tokens
        turn.messages = conversation.messages + 1

    def _advance(self, turn: Turn) -> None:
        """Enter the next stage of the journey if the user goes on and the turn was good."""
        if self.goes_on and turn.runs and not turn.error and not turn.tool_errors:
            self.goes_on = False
            self.stage += 1
            self.stage_entered = turn.start
            turn.converts = self.converted = self.stage == len(p.STAGES)
        turn.stage = self.stage
        turn.stage_entered = self.stage_entered or self.session.start

    def _runs(
        self, turn: Turn, tools_at: float, triage_at: float, extra: int, handoff: bool, fails: bool
    ) -> None:
        """Let the agents answer: perhaps triage, then the one that knows the topic."""
        now = (turn.check.end if turn.check else turn.start) + 400_000
        if triage_at < p.TRIAGE_SHARE:
            run = Run(self.random.getrandbits(64), "triage_agent", now)
            now = self._model_call(run, turn, now + 200_000, "stop", 12, 0) + 300_000
            run.end = now
            turn.runs.append(run)
            now += 500_000
        one, two = p.TOOL_SHARES.get(turn.intent, p.OTHER_TOOL_SHARES)
        tools = (tools_at >= one) + (tools_at >= two and self.human)
        if self.onboarding:
            agent, names = "onboarding_agent", p.STAGES[self.stage - 1][1]
        else:
            agent = "billing_agent" if turn.conversation.topic == 0 else "support_agent"
            names = p.TOPICS[turn.conversation.topic][1]
        run = Run(self.random.getrandbits(64), agent, now)
        turn.runs.append(run)
        now += 600_000
        if handoff:
            tools, names = 1, ("human_handoff",)
        for _ in range(tools):
            now = self._model_call(run, turn, now, "tool_calls", 24, 0) + 250_000
            now = self._tool_call(run, turn, now, names, handoff) + 250_000
        answer_tokens = turn.output_length // 4 + 3
        reason = "length" if turn.output_length > 540 else "stop"
        now = self._model_call(run, turn, now, reason, answer_tokens, extra, fails)
        turn.conversation.tokens += answer_tokens
        run.end = now + 300_000
        turn.end = run.end + 900_000
        if fails:
            run.error = turn.error = run.calls[-1].error

    def _model_call(
        self, run: Run, turn: Turn, now: int, reason: str, output: int, extra: int,
        fails: bool = False,
    ) -> int:  # fmt: skip
        """Add one model call; return when it ended."""
        draw, bits = self.random.random, self.random.getrandbits
        ids = bits(128)
        took, warm, kind = quantile(p.MODEL_NS, draw()) + extra, draw(), draw()
        call = Call(ids & _LOW_64, now, now + took, reference=ids >> 64)
        run.calls.append(call)
        if fails:
            call.error = pick(p.MODEL_ERRORS, kind)
            return call.end
        call.finish_reason = reason
        call.input_tokens = turn.conversation.tokens
        call.output_tokens = output
        if warm < 0.7 and turn.number > 1:
            call.cached_tokens = turn.context_tokens * 3 // 5 // 64 * 64
        return call.end

    def _tool_call(
        self, run: Run, turn: Turn, now: int, names: tuple[str, ...], handoff: bool
    ) -> int:
        """Add one tool call; return when it ended."""
        draw, bits = self.random.random, self.random.getrandbits
        ids = bits(128)
        took, name, fails, kind, size = (draw() for _ in range(5))
        duration = quantile(p.TOOL_NS, took)
        call = Call(ids & _LOW_64, now, 0, tool=pick(names, name), reference=ids >> 64)
        if fails < p.TOOL_ERROR_SHARE and self.human and not handoff:
            call.error = pick(p.TOOL_ERRORS, kind)
            turn.tool_errors += 1
            if call.error == "timeout":
                duration = 5 * p.SECOND
        else:
            turn.conversation.tokens += quantile(p.TOOL_RESULT_TOKENS, size)
        turn.conversation.messages += 2
        call.end = now + duration
        run.calls.append(call)
        return call.end


_LOW_64 = (1 << 64) - 1
_LOW_128 = (1 << 128) - 1


def _coprime(stride: int, seats: int) -> int:
    """Find a stride from `stride` up that visits every seat."""
    while gcd(stride, seats) > 1:
        stride += 1
    return stride
