"""The conversations that every generator plays: who asks what, when, and what the model does.

``python _shared/plan.py NAME`` prints the plan as JSON, for generators in other languages.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import asdict, dataclass
from hashlib import sha256

START_NS = 1_790_000_000_000_000_000  # 2026-09-21T14:13:20Z
SECOND_NS = 1_000_000_000
RAW_USER = "alice@example.com"
HASHED_USERS = tuple(sha256(f"sample-{who}".encode()).hexdigest() for who in ("bob", "carol"))

# One session per line: the user, then what happens in each turn.
FULL = (
    (RAW_USER, "tool"),
    (HASHED_USERS[0], "talk tool talk"),
    (RAW_USER, "fail tool"),
    (HASHED_USERS[1], "talk"),
    (HASHED_USERS[0], "both talk fail tool"),
    (HASHED_USERS[1], "talk twice"),
    (RAW_USER, "talk tool talk both fail talk"),
)
SHORT = (
    (RAW_USER, "tool"),
    (HASHED_USERS[0], "talk tool talk"),
    (RAW_USER, "fail tool"),
    (HASHED_USERS[1], "talk"),
    (HASHED_USERS[0], "both talk"),
    (HASHED_USERS[1], "talk twice"),
)
SMALL = (
    (RAW_USER, "tool talk"),
    (HASHED_USERS[0], "talk both"),
    (RAW_USER, "fail talk"),
    (HASHED_USERS[1], "talk"),
    (HASHED_USERS[0], "talk talk"),
)
CRASH = tuple((user, kinds.replace("fail talk", "talk crash")) for user, kinds in SMALL)
CITIES = ("Lima", "Oslo", "Kyoto", "Accra", "Porto", "Quito")


@dataclass(frozen=True)
class ToolUse:
    """One tool call that the model asks for."""

    name: str
    argument: str
    call_id: str

    @property
    def arguments(self) -> dict[str, str]:
        """The call's arguments by parameter name."""
        return {PARAMETERS[self.name]: self.argument}


@dataclass(frozen=True)
class ModelCall:
    """One answer of the fake model: tool calls, or the text that ends the turn."""

    tools: tuple[ToolUse, ...]
    text: str
    input_tokens: int
    output_tokens: int
    latency_ns: int


@dataclass(frozen=True)
class Turn:
    """One question and the model calls that answer it."""

    session_id: str
    user_id: str
    number: int
    start_ns: int
    question: str
    calls: tuple[ModelCall, ...]


PARAMETERS = {"get_weather": "city", "lookup_order": "order_id", "final_answer": "answer"}


class Planner:
    """Draws the plan of one sample from a seed made of its name."""

    def __init__(self, name: str, prefix: str) -> None:
        self.prefix = prefix
        self.rng = random.Random(name)
        self.calls = 0

    def plan(self, sessions: tuple[tuple[str, str], ...]) -> list[Turn]:
        """Return all turns of all sessions in the order of their start."""
        begin = START_NS + self.rng.randrange(30 * 86_400) * SECOND_NS
        turns: list[Turn] = []
        for index, (user_id, kinds) in enumerate(sessions):
            # Every third session begins while the one before it is still going on.
            begin += (25 if index % 3 == 2 else self.rng.randrange(3_000, 30_000)) * SECOND_NS
            turns += self._session(f"{self.rng.getrandbits(64):016x}", user_id, kinds, begin)
        return sorted(turns, key=lambda turn: turn.start_ns)

    def _session(self, key: str, user_id: str, kinds: str, begin: int) -> list[Turn]:
        turns = []
        for number, kind in enumerate(kinds.split(), start=1):
            question, calls = self._turn(kind, history=number - 1)
            turns.append(Turn(self.prefix + key, user_id, number, begin, question, calls))
            begin += self.rng.randrange(30, 240) * SECOND_NS
            if number == 4:  # the user comes back after a long break
                begin += 7_200 * SECOND_NS
        return turns

    def _turn(self, kind: str, history: int) -> tuple[str, tuple[ModelCall, ...]]:
        city, order = self.rng.choice(CITIES), f"A-{self.rng.randrange(1000, 9999)}"
        weather, lookup = ("get_weather", city), ("lookup_order", order)
        missing = ("lookup_order", "X-0")
        turns: dict[str, tuple[str, list[list[tuple[str, str]]]]] = {
            "talk": ("Thanks, what else can you do?", []),
            "tool": (f"Weather in {city}?", [[weather]]),
            "twice": (f"Where is {order}, then weather in {city}?", [[lookup], [weather]]),
            "both": (f"Weather in {city} and state of {order}?", [[weather, lookup]]),
            "fail": ("Where is X-0?", [[missing]]),
            "crash": ("Where is X-0?", [[missing]]),
        }
        question, steps = turns[kind]
        calls = [self._call(tools, "", history, step) for step, tools in enumerate(steps)]
        if kind != "crash":  # there the tool's error ends the turn
            calls.append(self._call([], f"Done: {city}, {order}.", history, len(steps)))
        return question, tuple(calls)

    def _call(self, tools: list[tuple[str, str]], text: str, history: int, step: int) -> ModelCall:
        uses = []
        for name, argument in tools:
            self.calls += 1
            uses.append(ToolUse(name, argument, f"call_{self.calls:04d}"))
        return ModelCall(
            tools=tuple(uses),
            text=text,
            input_tokens=60 + 45 * history + 30 * step + self.rng.randrange(20),
            output_tokens=8 + self.rng.randrange(30),
            latency_ns=self.rng.randrange(300, 1_600) * 1_000_000,
        )


def plan(
    name: str, sessions: tuple[tuple[str, str], ...] = FULL, prefix: str = "sess-"
) -> list[Turn]:
    """Return the turns of the sample ``name``."""
    return Planner(name, prefix).plan(sessions)


if __name__ == "__main__":
    chosen = SHORT if "--short" in sys.argv else FULL
    json.dump([asdict(turn) for turn in plan(sys.argv[1], chosen)], sys.stdout)
