"""The invented product: its names, its people's habits, its timings. Tables only.

A table of shares is a list of (value, share); a table of quantiles is the value at evenly
spaced quantiles and is read by linear interpolation. Only additions, multiplications and
divisions turn a random number into a value: they give the same bits on every machine, which
logarithms and exponentials do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = TypeVar("Value")

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

WINDOW_START_NS = 1_791_158_400 * SECOND
"""2026-10-05T00:00:00Z, a Monday."""
WINDOW_NS = 28 * DAY
QUIET_NS = 3 * HOUR
"""No ordinary session starts this close to the end of the window: all of them are over by then."""
IDLE_TIMEOUT_NS = 15 * MINUTE
"""The product closes a session after this much silence."""
LONGEST_SESSION_NS = 2 * HOUR
MOST_TURNS = 25

HOURLY_TRAFFIC = (
    (2, 1, 1, 1, 2, 3, 6, 10, 14, 16, 16, 14, 13, 15, 16, 15, 14, 12, 9, 7, 6, 5, 4, 3),
    (1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 2, 2, 1, 1),
)
"""Weight of each hour of the day (UTC): working day, weekend day."""


def shares(*rows: tuple[Value, int]) -> tuple[Value, ...]:
    """Spread (value, share) rows over as many cells as the shares sum to; read by `pick`."""
    return tuple(value for value, share in rows for _ in range(share))


def pick(cells: Sequence[Value], at: float) -> Value:
    """Read a table of shares at a random number from 0 up to 1."""
    return cells[int(at * len(cells))]


def quantile(table: Sequence[int], at: float) -> int:
    """Read a table of quantiles at a random number from 0 up to 1, in the table's unit."""
    place = at * (len(table) - 1)
    cell = int(place)
    low = table[cell]
    return low + int((table[cell + 1] - low) * (place - cell))


# Services, deployments, models
SERVICES = ("support-chat", "onboarding-chat")
VERSIONS = (("5.8.0", "5.9.0", 11 * DAY), ("2.3.1", "2.4.0", 16 * DAY))
"""Per service: first version, second version, when the second was rolled out."""
ENVIRONMENTS = ("production", "staging")
INSTANCES = 3
MODELS = (
    # provider, requested, answered, nano-dollars per input, cached and output token
    ("openai", "gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", 400, 100, 1600),
    ("anthropic", "claude-haiku-4-5", "claude-haiku-4-5-20251001", 1000, 100, 5000),
)

# People
CHANNELS = shares(("web", 53), ("mobile", 22), ("slack", 13), ("api", 12))
LOCALES = shares(
    ("en-US", 40), ("en-GB", 15), ("de-DE", 14), ("fr-FR", 9), ("es-ES", 8), ("pt-BR", 8),
    ("ja-JP", 6),
)  # fmt: skip
CLIENT_VERSIONS = shares(
    ("1.9.0", 4), ("2.1.0", 14), ("2.2.0", 18), ("2.3.0", 8), ("2.4.0", 20), ("2.4.1", 10),
    ("2.5.0", 26),
)  # fmt: skip
TIERS = shares(("free", 3), ("premium", 5), ("enterprise", 2))
PRIOR_SESSIONS = (0, 0, 0, 1, 2, 3, 5, 8, 14, 40)
GIVEN_NAMES = (
    "ana", "bruno", "carla", "deniz", "elif", "farid", "greta", "hugo", "ines", "jonas", "kenji",
    "lena", "marta", "nils", "olga", "pavel",
)  # fmt: skip
FAMILY_NAMES = (
    "abel", "brandt", "costa", "dunn", "ekman", "ferrer", "grant", "holm", "ito", "jansen",
    "keller", "lopes", "moreau", "novak", "okafor", "price",
)  # fmt: skip
VISIT_PATTERNS = ("abacdaec", "abcbdeaf", "aabcdeaf", "abbcadba")
"""Who comes in which of eight waves of the window: one letter per user, four kinds of seats."""

# What is talked about
TOPICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("billing", ("lookup_invoice", "get_subscription", "search_docs")),
    ("integrations", ("search_docs", "test_connection", "restart_sync")),
    ("permissions", ("get_account", "check_permissions", "search_docs")),
    ("data_export", ("start_export", "search_docs", "get_account")),
    ("api_usage", ("search_docs", "get_rate_limits", "test_connection")),
    ("account_access", ("get_account", "reset_sso", "create_ticket")),
)
ONBOARDING_TOPIC = "workspace_setup"
STAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("account_created", ("get_account", "search_docs")),
    ("profile_completed", ("update_profile", "search_docs")),
    ("data_imported", ("import_csv", "validate_import")),
    ("team_invited", ("invite_members", "check_permissions")),
    ("activated", ("activate_workspace", "get_account")),
)
JOURNEY = "onboarding"
STAGE_FINISHED = 0.62
"""Share of good turns in which the user finishes the work of a stage."""
PASSING_WITH_LOSS = (0.92, 0.88, 0.42, 0.90)
PASSING_EVENLY = (0.7438, 0.7438, 0.7438, 0.7438)
"""Share of users who go on to the next stage; the products of both rows are equal."""

INTENTS = shares(
    ("question", 40), ("command", 16), ("clarification", 7), ("feedback", 22), ("complaint", 5),
    ("confirmation", 10),
)  # fmt: skip
OPENING_INTENTS = shares(("question", 60), ("command", 22), ("greeting", 11), ("complaint", 7))
SCRIPTED = ("greeting", "feedback")
"""Intents that get a canned reply: no agent runs."""
ACTIONS = shares(("answer", 70), ("asked_question", 19), ("action", 7), ("refusal", 4))
ACTIONS_AFTER_TOOL = shares(("answer", 52), ("action", 34), ("asked_question", 13), ("refusal", 1))
ACTIONS_AFTER_TOOL_ERROR = shares(("answer", 35), ("asked_question", 35), ("error", 30))
TOOL_SHARES = {"command": (0.30, 0.92)}
OTHER_TOOL_SHARES = (0.82, 0.985)
"""Shares of turns without a tool call, and with at most one."""
TOOL_ERRORS = shares(
    ("timeout", 4), ("upstream_unavailable", 3), ("invalid_arguments", 2), ("conflict", 1)
)
TOOL_ERROR_SHARE = 0.17
MODEL_ERRORS = shares(("rate_limit_exceeded", 2), ("timeout", 1), ("overloaded", 1))
MODEL_ERROR_SHARE = 0.012
SLOW_SHARE = 0.06
TRIAGE_SHARE = 0.03

# How it goes on and ends
TURNS = shares(
    (1, 40), (2, 46), (3, 70), (4, 110), (5, 64), (6, 28), (7, 13), (8, 9), (9, 7), (11, 5),
    (13, 3), (15, 2), (18, 1), (21, 1), (25, 1),
)  # fmt: skip
BATCH_TURNS = (4, 5, 6, 8, 11)
ENDINGS = shares(("resolved", 42), ("user_exit", 17), ("timeout", 13), ("gave_up", 19),
                 ("escalated", 9))  # fmt: skip
LEAVES_AFTER_TOOL_ERROR = 0.62
LEAVES_AFTER_SLOW_ANSWER = 0.62
SLOW_NS = 20 * SECOND

# Lengths (characters), tokens, durations (ns)
INPUT_CHARACTERS = (6, 22, 41, 60, 85, 130, 320)
OUTPUT_CHARACTERS = (50, 100, 150, 210, 300, 560)
PASSAGE_TOKENS = (300, 650, 850, 1050, 1300, 1900)
TOOL_RESULT_TOKENS = (60, 140, 260, 420, 800)
PROMPT_TOKENS = (1150, 1420)
"""System instructions and tool definitions: support, onboarding."""
CONTEXT_LIMIT, ROOMY_CONTEXT_LIMIT = 12_000, 128_000
MODEL_NS = tuple(ms * 1_000_000 for ms in (420, 800, 1150, 1600, 2300, 3600))
TOOL_NS = tuple(ms * 1_000_000 for ms in (35, 90, 180, 380, 800, 1900))
SLOW_EXTRA_NS = tuple(ms * 1_000_000 for ms in (20_500, 24_000, 29_000, 37_000, 52_000))
CANNED_NS = tuple(ms * 1_000_000 for ms in (18, 30, 55, 120))
THINK_NS = tuple(s * SECOND for s in (3, 10, 18, 28, 42, 65, 110, 240, 560))
BATCH_THINK_NS = tuple(ms * 1_000_000 for ms in (40, 120, 400, 900))
OPENING_NS = tuple(ms * 1_000_000 for ms in (400, 2_000, 5_000, 12_000))
CLOSING_NS = tuple(ms * 1_000_000 for ms in (900, 3_000, 9_000, 24_000))
SATISFACTION = {
    "resolved": (60, 75, 85, 95, 100),
    "user_exit": (30, 55, 70, 90),
    "escalated": (5, 20, 40, 65),
}
"""Quantiles of the user's own rating, in hundredths; asked for only when the user says goodbye."""
SATISFACTION_SHARE = 0.4
EVALUATION_SHARE = 0.10
