"""The files of the attribute registry: complete, well formed, and saying what they should."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

REGISTRY = Path(__file__).parent.parent / "queries" / "registry"
FILES = sorted(REGISTRY.glob("*.toml"))

# The session-tracking convention, in its own groups: (level, keys).
CONVENTION = {
    "session identity": ("P0", ["session.id", "session.start_time", "session.type"]),
    "user context": ("P1", ["user.id", "user.tier", "user.org_id"]),
    "session metadata": ("P1", ["session.channel", "session.client_version", "session.locale"]),
    "conversation identity": (
        "P0",
        ["conversation.id", "conversation.session_id", "conversation.topic"],
    ),
    "turn tracking": ("P0", ["conversation.turn_number", "conversation.total_turns"]),
    "conversation context": (
        "P1",
        [
            "conversation.messages_in_context",
            "conversation.context_tokens",
            "conversation.context_window_pct",
        ],
    ),
    "turn identity": ("P0", ["turn.id", "turn.number", "turn.role"]),
    "user input": ("P1", ["turn.input_length", "turn.input_type", "turn.has_attachments"]),
    "assistant response": (
        "P1",
        [
            "turn.output_length",
            "turn.output_type",
            "turn.agent_runs",
            "turn.tool_calls",
            "turn.latency_ms",
        ],
    ),
    "session end": (
        "P1",
        [
            "session.end_reason",
            "session.end_time",
            "session.duration_ms",
            "session.total_turns",
            "session.total_tokens",
            "session.total_cost_usd",
        ],
    ),
    "context window": (
        "P1",
        [
            "context.current_tokens",
            "context.new_tokens",
            "context.limit",
            "context.pruned",
            "context.messages_pruned",
        ],
    ),
    "journey": (
        "P1",
        [
            "journey.name",
            "journey.stage",
            "journey.stage_number",
            "journey.total_stages",
            "journey.time_in_stage_ms",
            "journey.converted",
            "journey.conversion_turn",
            "journey.conversion_time_ms",
        ],
    ),
    "drop-off": (
        "P1",
        [
            "dropoff.detected",
            "dropoff.last_turn",
            "dropoff.last_intent",
            "dropoff.agent_last_action",
            "dropoff.time_since_last_turn_ms",
        ],
    ),
    "inactivity": ("P1", ["session.inactive_timeout", "session.idle_time_ms"]),
    "graph state": ("P1", ["context.tokens"]),
    "per session": (
        "P1",
        ["session.avg_turn_latency_ms", "session.avg_turn_tokens", "session.user_satisfaction"],
    ),
    "across sessions": (
        "P1",
        ["user.sessions_total", "user.avg_session_length", "user.retention_days"],
    ),
}
LEVELS = {key: level for level, keys in CONVENTION.values() for key in keys}

TYPES = {"string", "int", "double", "bool", "json", "timestamp", "string_list"}
ROLES = {
    "identity",
    "session",
    "user",
    "conversation",
    "turn",
    "context",
    "journey",
    "dropoff",
    "usage",
    "model",
    "tool",
    "agent",
    "evaluation",
    "lifecycle",
    "kind",
    "content",
    "resource",
}
PRIVACY = {"none", "pseudonymous", "personal", "content"}
SCOPES = {"span", "resource", "log", "event"}
KINDS = {"agent", "llm", "tool", "chain", "other"}
END_CLASSES = {"completed", "user_exit", "timeout", "error", "escalated"}
SHAPES = {"messages", "flattened", "text"}
SAMPLING = {"probability", "one_in", "percent", "threshold", "exponent", "mark"}

ATTRIBUTE_MEMBERS: dict[str, type] = {
    "title": str,
    "type": str,
    "role": str,
    "convention": str,
    "level": str,
    "privacy": str,
    "domain": str,
    "closed": bool,
    "unit": str,
    "scope": list,
    "aliases": list,
    "never": list,
}
ALIAS_MEMBERS: dict[str, type | tuple[type, ...]] = {
    "key": str,
    "convention": str,
    "path": str,
    "json_text": bool,
    "scale": (int, float),
    "scopes": list,
    "only_if": dict,
    "zero_based": bool,
    "excludes_cached": bool,
}

Table = dict[str, Any]


def read(name: str) -> Table:
    return tomllib.loads((REGISTRY / name).read_text(encoding="utf-8"))


ATTRIBUTES = read("attributes.toml")
BY_CONVENTION = {a["convention"]: a for a in ATTRIBUTES.values() if "convention" in a}


def aliases(attribute: Table) -> list[Table]:
    return [{"key": a} if isinstance(a, str) else a for a in attribute["aliases"]]


def alias_id(alias: Table) -> tuple[str, str, str]:
    condition = alias.get("only_if", {})
    return alias["key"], alias.get("path", ""), f"{condition.get('key')}={condition.get('value')}"


def patterns() -> list[tuple[str, str]]:
    """Every regular expression of the registry, with the file it is from."""
    found = []
    for table in read("content_keys.toml")["content"]:
        found += [("content_keys", table[m]) for m in ("pattern", "event") if m in table]
    for table in read("side_tasks.toml")["side_task"]:
        found += [("side_tasks", table[m]) for m in ("pattern", "scope") if m in table]
    for table in read("placeholders.toml").values():
        found += [("placeholders", pattern) for pattern in table.get("patterns", [])]
    for table in read("sampling.toml")["tracestate"]:
        found.append(("sampling", table["pattern"]))
    return found


def full_match(text: str, pattern: str) -> bool:
    row = duckdb.execute("select regexp_full_match(?, ?)", [text, f"(?i){pattern}"]).fetchone()
    assert row is not None
    return bool(row[0])


def test_every_file_is_known() -> None:
    assert [f.stem for f in FILES] == [
        "attributes",
        "content_keys",
        "end_reasons",
        "kinds",
        "placeholders",
        "sampling",
        "session_fixes",
        "side_tasks",
    ]
    described = (REGISTRY / "README.md").read_text(encoding="utf-8")
    assert all(f"`{f.name}`" in described for f in FILES)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attribute_is_well_formed(name: str) -> None:
    attribute = ATTRIBUTES[name]
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)
    assert attribute.keys() <= ATTRIBUTE_MEMBERS.keys()
    assert {"title", "type", "role", "privacy", "scope", "aliases"} <= attribute.keys()
    for member, value in attribute.items():
        assert isinstance(value, ATTRIBUTE_MEMBERS[member]), member
    assert attribute["type"] in TYPES
    assert attribute["role"] in ROLES
    assert attribute["privacy"] in PRIVACY
    assert attribute["scope"] and set(attribute["scope"]) <= SCOPES
    assert len(set(attribute["scope"])) == len(attribute["scope"])
    assert ("convention" in attribute) == ("level" in attribute)
    assert "closed" not in attribute or "domain" in attribute


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_aliases_are_well_formed(name: str) -> None:
    attribute = ATTRIBUTES[name]
    found = aliases(attribute)
    assert found
    for alias in found:
        assert alias.keys() <= ALIAS_MEMBERS.keys()
        for member, value in alias.items():
            assert isinstance(value, ALIAS_MEMBERS[member]), member
        assert alias["key"] and alias["key"] == alias["key"].strip()
        assert set(alias.get("scopes", [])) <= SCOPES
        assert alias.get("only_if", {}).keys() in (set(), {"key", "value"})
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", alias.get("convention", "otel"))
        assert not ("scale" in alias and attribute["type"] not in {"int", "double"})
    repeated = [i for i, n in Counter(map(alias_id, found)).items() if n > 1]
    assert not repeated
    assert not {a["key"] for a in found} & set(attribute.get("never", []))
    assert all(isinstance(a, str) or a.keys() > {"key"} for a in attribute["aliases"])


def test_every_key_of_the_convention_has_one_attribute() -> None:
    assert len(LEVELS) == 61
    declared = [a["convention"] for a in ATTRIBUTES.values() if "convention" in a]
    assert sorted(declared) == sorted(LEVELS)


@pytest.mark.parametrize("key", LEVELS)
def test_key_of_the_convention(key: str) -> None:
    attribute = BY_CONVENTION[key]
    assert attribute["level"] == LEVELS[key]
    assert attribute["privacy"] in PRIVACY
    assert aliases(attribute)[0] == {"key": key}, "its own key comes first"


def test_declared_numbers_are_not_mixed_with_observed_ones() -> None:
    keys = {
        alias["key"]
        for name, a in ATTRIBUTES.items()
        for alias in aliases(a)
        if not name.startswith("declared_")
    }
    declared = {a["convention"] for name, a in ATTRIBUTES.items() if name.startswith("declared_")}
    assert declared
    assert not declared & keys


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("turn_number", ["conversation.turn_number", "turn.number"]),
        (
            "context_tokens",
            ["conversation.context_tokens", "context.tokens", "context.current_tokens"],
        ),
    ],
)
def test_resolved_attribute_lists_the_keys_it_resolves(name: str, keys: list[str]) -> None:
    assert "convention" not in ATTRIBUTES[name]
    assert [alias["key"] for alias in aliases(ATTRIBUTES[name])][: len(keys)] == keys


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("session_id", "langsmith.trace.session_id"),
        ("session_id", "mcp.session.id"),
        ("user_id", "customer.id"),
        ("turn_number", "langgraph_step"),
        ("conversation_id", "thread.id"),
    ],
)
def test_lookalikes_are_refused(name: str, key: str) -> None:
    assert key in ATTRIBUTES[name]["never"]


def test_conversation_session_id_is_asked_last() -> None:
    assert aliases(ATTRIBUTES["session_id"])[-1] == {"key": "conversation.session_id"}


def test_kinds() -> None:
    kinds = read("kinds.toml")
    assert kinds.keys() == {"kind", "fallback", "turn_span", "lifecycle_span"}
    keys = [source["key"] for source in kinds["kind"]]
    assert len(set(keys)) == len(keys)
    for source in kinds["kind"]:
        assert source.keys() <= {"key", "convention", "values", "prefixes", "json_text"}
        assert {"key", "convention", "values"} <= source.keys()
        assert set(source["values"].values()) <= KINDS
        assert set(source.get("prefixes", {}).values()) <= KINDS
        assert len({value.lower() for value in source["values"]}) == len(source["values"])
    for rule in kinds["fallback"]:
        assert rule.keys() <= {"has_any", "lacks_any", "kind"}
        assert rule["has_any"] and rule["kind"] in KINDS
    for span in kinds["turn_span"]:
        assert span.keys() in ({"names"}, {"names", "scope_prefix"}, {"key", "values"})
    assert {name: span["role"] for span in kinds["lifecycle_span"] for name in span["names"]} == {
        "session.start": "start",
        "session.end": "end",
        "conversation.manage_context": "context",
    }


def test_kind_keys_are_attributes() -> None:
    columns = {
        alias["key"]
        for attribute in ATTRIBUTES.values()
        if attribute["role"] == "kind"
        for alias in aliases(attribute)
    }
    # A tool's name says the kind of one span only: the one that is no call.
    columns.add("gen_ai.tool.name")
    assert {source["key"] for source in read("kinds.toml")["kind"]} == columns


def test_model_keys_of_the_fallback_are_aliases_of_model() -> None:
    model = {alias["key"] for alias in aliases(ATTRIBUTES["model"])}
    rules = read("kinds.toml")["fallback"]
    (llm,) = [rule for rule in rules if rule["kind"] == "llm"]
    assert set(llm["has_any"]) <= model
    (agent,) = [rule for rule in rules if rule["kind"] == "agent"]
    assert set(agent["lacks_any"]) <= model


def test_content_keys() -> None:
    content = read("content_keys.toml")
    assert content.keys() == {"content"}
    for entry in content["content"]:
        assert {"pattern", "where", "shape", "convention"} <= entry.keys()
        assert entry.keys() <= {"pattern", "where", "shape", "convention", "event"}
        assert entry["where"] in {"span", "event"}
        assert entry["shape"] in SHAPES
        assert ("event" in entry) == (entry["where"] == "event")


def content_shape(key: str, event: str | None = None) -> str | None:
    for entry in read("content_keys.toml")["content"]:
        if (event is None) != (entry["where"] == "span"):
            continue
        if event is not None and not full_match(event, entry["event"]):
            continue
        if full_match(key, entry["pattern"]):
            return str(entry["shape"])
    return None


@pytest.mark.parametrize(
    ("key", "event", "shape"),
    [
        ("gen_ai.input.messages", None, "messages"),
        ("gen_ai.tool.call.result", None, "text"),
        ("gen_ai.prompt.3.content", None, "flattened"),
        ("llm.input_messages.12.message.content", None, "flattened"),
        ("input.value", None, "text"),
        ("langfuse.observation.input", None, "messages"),
        ("ai.prompt.messages", None, "messages"),
        ("ai.toolCall.args", None, "text"),
        ("pydantic_ai.all_messages", None, "messages"),
        ("lk.pii.chat_ctx", None, "messages"),
        ("content", "gen_ai.user.message", "flattened"),
        ("gen_ai.input.messages", "gen_ai.client.inference.operation.details", "messages"),
        ("gen_ai.prompt.3.role", None, None),
        ("llm.input_messages.12.message.role", None, None),
        ("gen_ai.tool.definitions", None, None),
        ("gen_ai.usage.input_tokens", None, None),
        ("conversation.messages_in_context", None, None),
        ("content", "exception", None),
    ],
)
def test_content_is_recognised(key: str, event: str | None, shape: str | None) -> None:
    assert content_shape(key, event) == shape


def test_end_reasons() -> None:
    found = read("end_reasons.toml")
    assert found.keys() == {"end_reasons", "escalation"}
    assert set(found["end_reasons"].values()) == END_CLASSES
    assert found["escalation"].keys() == {"actions", "tools"}
    names = [*found["end_reasons"], *found["escalation"]["actions"], *found["escalation"]["tools"]]
    assert all(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name) for name in names)
    for names in found["escalation"].values():
        assert len(set(names)) == len(names)
    assert "transfer_to_agent" not in found["escalation"]["tools"]


@pytest.mark.parametrize(
    ("reason", "end_class"),
    [
        ("completed", "completed"),
        ("user_exit", "user_exit"),
        ("idle_timeout", "timeout"),
        ("inactivity", "timeout"),
        ("no_responder_timeout", "timeout"),
        ("failed", "error"),
        ("human_handoff", "escalated"),
        ("ended", None),
        ("shutdown", None),
    ],
)
def test_end_reason_class(reason: str, end_class: str | None) -> None:
    assert read("end_reasons.toml")["end_reasons"].get(reason) == end_class


def test_side_tasks() -> None:
    found = read("side_tasks.toml")
    assert found.keys() == {"side_task"}
    for entry in found["side_task"]:
        assert {"pattern", "reason"} <= entry.keys() <= {"pattern", "scope", "reason", "convention"}


def is_side_task(name: str, scope: str = "") -> bool:
    return any(
        full_match(name, entry["pattern"]) and full_match(scope, entry.get("scope", ".*"))
        for entry in read("side_tasks.toml")["side_task"]
    )


@pytest.mark.parametrize(
    "name",
    [
        "create_agent weather_agent",
        "generate_title",
        "Title Generation",
        "generate-conversation-title",
        "title_generator.workflow",
        "invoke_agent title_generator",
        "conversation_summary",
        "summarize_history",
        "follow_up_generation",
        "update_memory",
        "extract_user_memories",
        "memory-update",
        "llm_judge",
        "LLM as a judge",
        "helpfulness-evaluator",
        "ragas.evaluation",
        "run_evals",
        "embeddings text-embedding-3-small",
        "ai.embedMany",
        "refresh_embeddings",
        "warmup",
        "health_check",
        "GET /healthz",
    ],
)
def test_side_task(name: str) -> None:
    assert is_side_task(name)


@pytest.mark.parametrize(
    "name",
    [
        "chat_turn",
        "conversation.turn",
        "turn",
        "invoke_agent support",
        "ai.generateText",
        "ai.streamText",
        "weather_agent.workflow",
        "agent run",
        "POST /chat",
        "GET /orders/status",
        "title_agent",
        "title search agent",
        "health_advisor",
        "health check-up booking",
        "index_fund_advisor",
        "memory_game",
        "evaluate_loan_application",
        "quality_check order",
        "judgement_search",
        "create_message",
        "summarize_document",
        "claude_code.interaction",
        "agent_turn",
    ],
)
def test_not_a_side_task(name: str) -> None:
    assert not is_side_task(name)


def test_side_task_of_one_scope() -> None:
    assert is_side_task("create_message", "azure.ai.agents")
    assert not is_side_task("create_message", "my.shop")


def test_placeholders() -> None:
    found = read("placeholders.toml")
    assert {"any", "redaction", "user_id", "session_id"} <= found.keys()
    assert found.keys() - {"any", "redaction"} <= ATTRIBUTES.keys()
    for table in found.values():
        assert table and table.keys() <= {"values", "patterns"}
        values = table.get("values", [])
        assert values == [value.lower().strip() for value in values]
        assert len(set(values)) == len(values)


def is_missing(value: str, attribute: str) -> bool:
    found = read("placeholders.toml")
    tables = [found["any"], found["redaction"], found.get(attribute, {})]
    value = value.strip()
    return any(
        value.lower() in table.get("values", [])
        or any(full_match(value, pattern) for pattern in table.get("patterns", []))
        for table in tables
    )


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        ("", "session_id"),
        ("  ", "user_id"),
        ("None", "session_id"),
        ("null", "turn_id"),
        ("--", "tier"),
        ("unknown", "model"),
        ("Anonymous", "user_id"),
        ("default", "session_id"),
        ("00000000-0000-0000-0000-000000000000", "user_id"),
        ("[Scrubbed due to 'session']", "session_id"),
        ("[REDACTED]", "user_id"),
        ("__REDACTED__", "user_id"),
        ("<redacted:email>", "user_id"),
        ("<EMAIL_ADDRESS>", "user_id"),
        ("****", "user_id"),
        ("<hidden>", "topic"),
        ("unknown_service:python", "service_name"),
        ("{{session_id}}", "session_id"),
    ],
)
def test_value_says_nothing(value: str, attribute: str) -> None:
    assert is_missing(value, attribute)


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        ("sess-1", "session_id"),
        ("1", "user_id"),
        ("alice@example.com", "user_id"),
        ("default", "environment"),
        ("hidden", "journey_stage"),
        ("test", "model"),
        ("maxxxx", "user_id"),
        ("anonymous-42", "user_id"),
    ],
)
def test_value_says_something(value: str, attribute: str) -> None:
    assert not is_missing(value, attribute)


def test_sampling() -> None:
    found = read("sampling.toml")
    assert found.keys() == {"attribute", "tracestate"}
    for entry in found["attribute"]:
        assert {"key", "means", "head"} <= entry.keys()
        assert entry.keys() <= {
            "key",
            "means",
            "head",
            "values",
            "only_if",
            "scopes",
            "convention",
        }
    for entry in found["tracestate"]:
        assert {"pattern", "means", "head"} <= entry.keys()
        assert re.compile(entry["pattern"]).groups == 1
    for entry in found["attribute"] + found["tracestate"]:
        assert entry["means"] in SAMPLING
        assert isinstance(entry["head"], bool)


@pytest.mark.parametrize(
    ("tracestate", "means", "value"),
    [
        ("ot=th:c", "threshold", "c"),
        ("vendor=1,ot=rv:abcdef;th:fd70a4", "threshold", "fd70a4"),
        ("ot=p:8;r:62", "exponent", "8"),
        ("es=s:0.1", "probability", "0.1"),
        ("rojo=00f067aa0ba902b7", None, None),
    ],
)
def test_sampling_in_tracestate(tracestate: str, means: str | None, value: str | None) -> None:
    found = []
    for entry in read("sampling.toml")["tracestate"]:
        row = duckdb.execute(
            "select regexp_extract(?, ?, 1)", [tracestate, entry["pattern"]]
        ).fetchone()
        assert row is not None
        if row[0]:
            found.append((entry["means"], row[0]))
    assert found == ([(means, value)] if means else [])


@pytest.mark.parametrize(("source", "pattern"), patterns())
def test_pattern_compiles(source: str, pattern: str) -> None:
    if source == "sampling":
        duckdb.execute("select regexp_matches('x', ?)", [pattern]).fetchone()
    else:
        full_match("x", pattern)
