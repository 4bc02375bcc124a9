"""What attribute keys mean: which key names a session, which makes a span a model call.

The second third of the recount: it looks at one span at a time. `key#member` is a member of
the JSON text (or key-value list) under `key`.
"""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.oracle.recount_otlp import Attributes, Span


def _keys(listing: str) -> list[str]:
    """Keys in order of preference."""
    return listing.split()


SESSION = _keys(
    """
    session.id langfuse.session.id traceloop.association.properties.session_id
    lmnr.association.properties.session_id langsmith.metadata.session_id
    ai.telemetry.metadata.sessionId ai.telemetry.metadata.session_id
    ai.settings.context.sessionId ai.settings.context.session_id
    gcp.vertex.agent.session_id gen_ai.session.id
    langfuse.trace.metadata.langfuse_session_id langfuse.observation.metadata.langfuse_session_id
    mlflow.trace.session workflow.session_id metadata#session_id
    conversation.session_id
    """
)

CONVERSATION = _keys(
    """
    gen_ai.conversation.id conversation.id thread_id wandb.thread_id gen_ai.thread.id group_id
    traceloop.association.properties.thread_id traceloop.association.properties.conversation_id
    traceloop.association.properties.chat_id
    langsmith.metadata.conversation_id langsmith.metadata.thread_id
    langfuse.observation.metadata.thread_id langfuse.trace.metadata.thread_id
    metadata#thread_id metadata#conversation_id ai.telemetry.metadata.threadId
    voltagent.conversation_id gen_ai.openai.conversation.id
    """
)

USER = _keys(
    """
    user.id user.hash enduser.pseudo.id langfuse.user.id enduser.id gen_ai.user.id
    traceloop.association.properties.user_id lmnr.association.properties.user_id
    langsmith.metadata.user_id ai.telemetry.metadata.userId ai.telemetry.metadata.user_id
    ai.settings.context.userId mlflow.trace.user
    langfuse.trace.metadata.langfuse_user_id langfuse.observation.metadata.langfuse_user_id
    gen_ai.user llm.user metadata#user_id
    """
)

RESOURCE_USER = [*USER, "posthog.distinct_id"]

TURN_NUMBER = _keys(
    """
    conversation.turn_number turn.number gen_ai.agent.turn gen_ai.turn.index
    langsmith.metadata.turn_number langfuse.trace.metadata.turn_number metadata.turn
    traceloop.association.properties.turn_number ai.telemetry.metadata.turnNumber
    ai.telemetry.metadata.turn
    """
)

MODEL = _keys(
    """
    gen_ai.response.model gen_ai.request.model llm.response.model_name llm.model_name
    llm.request.model_name ai.model.id ai.response.model langfuse.observation.model.name
    mlflow.llm.model llm.response.model model
    """
)
"""Without `model_name`, which agent spans carry as well."""

LANGFUSE_USAGE = "langfuse.observation.usage_details"
INPUT_TOKENS = _keys(
    f"""
    gen_ai.usage.input_tokens gen_ai.usage.prompt_tokens llm.token_count.prompt
    llm.usage.prompt_tokens ai.usage.inputTokens ai.usage.promptTokens {LANGFUSE_USAGE}#input
    mlflow.chat.tokenUsage#input_tokens usage.prompt_tokens input_tokens
    """
)

OUTPUT_TOKENS = _keys(
    f"""
    gen_ai.usage.output_tokens gen_ai.usage.completion_tokens llm.token_count.completion
    llm.usage.completion_tokens ai.usage.outputTokens ai.usage.completionTokens
    {LANGFUSE_USAGE}#output mlflow.chat.tokenUsage#output_tokens output_tokens
    """
)

TOTAL_TOKENS = _keys(
    f"""
    gen_ai.usage.total_tokens llm.token_count.total llm.usage.total_tokens ai.usage.totalTokens
    ai.usage.tokens {LANGFUSE_USAGE}#total mlflow.chat.tokenUsage#total_tokens
    """
)

CACHED_TOKENS = _keys(
    f"""
    gen_ai.usage.cache_read.input_tokens gen_ai.usage.cache_read_input_tokens
    llm.token_count.prompt_details.cache_read ai.usage.cachedInputTokens
    gen_ai.usage.details.cache_read_tokens
    {LANGFUSE_USAGE}#input_cached_tokens {LANGFUSE_USAGE}#input_cache_read
    """
)

REASONING_TOKENS = _keys(
    f"""
    gen_ai.usage.reasoning.output_tokens llm.token_count.completion_details.reasoning
    ai.usage.reasoningTokens llm.usage.reasoning_tokens gen_ai.usage.reasoning_tokens
    {LANGFUSE_USAGE}#output_reasoning_tokens {LANGFUSE_USAGE}#output_reasoning
    """
)

COSTS: list[list[str]] = [
    ["langfuse.observation.cost_details#total"],
    ["gen_ai.usage.cost"],
    ["llm.cost.total"],
    ["llm.cost.prompt", "llm.cost.completion"],
    ["operation.cost"],
    ["mlflow.llm.cost#total_cost"],
    ["gen_ai.usage.input_cost", "gen_ai.usage.output_cost"],
    ["gen_ai.usage.total_cost"],
]
"""In order; the parts of one entry are added."""

AGENT, LLM, TOOL, CHAIN, OTHER = "agent", "llm", "tool", "chain", "other"


def _kinds(**values: str) -> dict[str, str]:
    """Kind by the value of an attribute, in lower case."""
    return {value.lower(): kind for kind, said in values.items() for value in said.split()}


KINDS: list[tuple[str, dict[str, str]]] = [
    (
        "openinference.span.kind",
        _kinds(
            agent="AGENT",
            llm="LLM",
            tool="TOOL",
            chain="CHAIN",
            other="RETRIEVER EMBEDDING RERANKER GUARDRAIL EVALUATOR PROMPT UNKNOWN",
        ),
    ),
    (
        "langfuse.observation.type",
        _kinds(
            agent="agent",
            llm="generation",
            tool="tool",
            chain="span chain",
            other="event retriever embedding evaluator guardrail",
        ),
    ),
    ("gen_ai.tool.name", {"(merged tools)": OTHER}),
    (
        "gen_ai.operation.name",
        _kinds(
            agent="invoke_agent create_agent",
            llm="chat generate_content text_completion completion generate response llm_request",
            tool="execute_tool",
            chain="invoke_workflow invoke_node execute_task agent_step plan"
            " execute_event_loop_cycle",
            other="embeddings retrieval vector_db_retrieve",
        ),
    ),
    (
        "traceloop.span.kind",
        _kinds(agent="agent", tool="tool", chain="workflow task", other="unknown"),
    ),
    ("llm.request.type", _kinds(llm="chat completion")),
    (
        "ai.operationId",
        _kinds(
            agent="ai.generateText ai.streamText ai.generateObject ai.streamObject",
            llm="ai.generateText.doGenerate ai.streamText.doStream"
            " ai.generateObject.doGenerate ai.streamObject.doStream",
            tool="ai.toolCall",
        ),
    ),
    (
        "langsmith.span.kind",
        _kinds(llm="llm", tool="tool", chain="chain prompt parser", other="retriever embedding"),
    ),
    (
        "mlflow.spanType",
        _kinds(
            agent="AGENT",
            llm="LLM CHAT_MODEL",
            tool="TOOL",
            chain="CHAIN WORKFLOW TASK",
            other="RETRIEVER EMBEDDING RERANKER PARSER MEMORY GUARDRAIL EVALUATOR",
        ),
    ),
    (
        "lmnr.span.type",
        _kinds(
            agent="EXECUTOR",
            llm="LLM CACHED",
            tool="TOOL",
            chain="DEFAULT PIPELINE",
            other="EVALUATOR HUMAN_EVALUATOR EVALUATION",
        ),
    ),
    (
        "agentops.span.kind",
        _kinds(
            agent="agent",
            llm="llm",
            tool="tool",
            chain="session workflow task operation chain",
            other="guardrail http text",
        ),
    ),
    (
        "span.type",
        _kinds(agent="interaction agent", llm="llm_request llm", tool="tool", other="memory"),
    ),
]
"""Which attribute says the kind, when several do: the first that has a known value."""

LIFECYCLE = {"session.start", "session.end", "conversation.manage_context"}
_SIDE_TASK_OPERATIONS = re.compile(r"create_agent|\w+_memory|\w+_memory_store")
_SIDE_TASK_NAMES = re.compile(
    r"create_agent( .*)?|(generate|create|update|make)?[_ .-]?(conversation|chat|session|thread)?"
    r"[_ .-]?title([_ .-]?(generation|generator))?"
)
_PLACEHOLDER = re.compile(
    r"\s*|-+|n/?a|none|null|nil|undefined|unknown|\[object object\]|0{8}(-0{4}){3}-0{12}"
    r"|[\[<(]\s*(scrubbed|redacted|filtered|masked|removed|hidden)\b.*|redacted|\*{3,}",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Usage:
    """What one span declares to have spent; None is unknown, which is not zero."""

    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cached_input_tokens: int | None
    reasoning_tokens: int | None
    cost_usd: Decimal | None

    @property
    def is_known(self) -> bool:
        """Whether there is anything to count."""
        known = (self.input_tokens, self.output_tokens, self.total_tokens, self.cost_usd)
        return any(value is not None for value in known)


# --- values ---------------------------------------------------------------------------------


def value_of(attributes: Attributes, alias: str) -> Any:
    """The value under a key, or under `key#member` inside the JSON of a key."""
    key, _, member = alias.partition("#")
    value = attributes.get(key)
    if not member:
        return value
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value.get(member) if isinstance(value, dict) else None


def text(value: Any) -> str | None:
    """An id as text: "JSON text such as `"\\"abc\\""` decoded once"; missing is None.

    "Empty values, placeholders and redaction marks are missing for the model."
    """
    if isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, float):
        value = str(int(value)) if value.is_integer() else repr(value)
    elif isinstance(value, int):
        value = str(value)
    if not isinstance(value, str):
        return None
    if len(value) > 1 and value[0] == value[-1] == '"':
        with suppress(ValueError):
            value = json.loads(value)
    return None if _PLACEHOLDER.fullmatch(value) else str(value)


def first(attributes: Attributes, aliases: list[str]) -> tuple[str, str] | None:
    """The first alias in order that has a value, with the key that won."""
    for alias in aliases:
        found = text(value_of(attributes, alias))
        if found is not None:
            return found, alias
    return None


def number(value: Any) -> int | float | None:
    """A finite number, also from its text; booleans are no numbers."""
    if isinstance(value, str):
        try:
            stripped = value.strip().strip('"')
            value = int(stripped) if re.fullmatch(r"[+-]?\d+", stripped) else float(stripped)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) else None


def whole(value: Any) -> int | None:
    """A count: an integer of at least zero."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == int(found) else None


# --- kinds ----------------------------------------------------------------------------------


def kind(span: Span, *, has_children: bool) -> str:
    """Agent, model call, tool call, chain (structure) or other.

    The fallback, for spans that no kind attribute speaks for: a tool name or call id makes a
    tool call, any model key a model call, an agent name alone an agent, children a chain.
    """
    attributes = span.attributes
    for key, kinds in KINDS:
        said = str(attributes.get(key)).strip('"').lower()
        if said in kinds:
            return kinds[said]
        if key == "gen_ai.operation.name" and _SIDE_TASK_OPERATIONS.fullmatch(said):
            return OTHER
        if key == "ai.operationId" and said.startswith(("ai.embed", "ai.rerank")):
            return OTHER
    if span.scope == "pydantic-ai" and span.name == "agent run":
        return AGENT
    if span.scope == "pydantic-ai" and span.name == "running tool":
        return TOOL
    if first(attributes, ["gen_ai.tool.name", "gen_ai.tool.call.id"]):
        return TOOL
    if any(attributes.get(key) not in (None, "") for key in MODEL):
        return LLM
    if first(attributes, ["gen_ai.agent.name"]):
        return AGENT
    return CHAIN if has_children else OTHER


def opens_turn(span: Span) -> bool:
    """Whether it is a turn of its own: "spans known by name and scope as turns
    (`conversation.turn`, Pipecat `turn`, Claude Code `interaction`) or carrying `turn.id`";
    "lifecycle spans are no turns".
    """
    if span.name in LIFECYCLE:
        return False
    said_type = span.attributes.get("span.type")
    return (
        span.name == "conversation.turn"
        or (span.name == "turn" and "pipecat" in span.scope)
        or span.name == "claude_code.interaction"
        or (span.scope.startswith("claude_code") and said_type == "interaction")
        or first(span.attributes, ["turn.id"]) is not None
    )


def is_side_task(root: Span) -> bool:
    """Titles, memory, judges, `create_agent`, and the housekeeping of a session: a trace with
    such a root is no turn."""
    operation = text(root.attributes.get("gen_ai.operation.name")) or ""
    judging = [root.attributes.get(key) for key, _ in KINDS[:2]]
    return (
        root.name in LIFECYCLE
        or _SIDE_TASK_OPERATIONS.fullmatch(operation) is not None
        or _SIDE_TASK_NAMES.fullmatch(root.name.lower()) is not None
        or any(str(said).lower() == "evaluator" for said in judging)
    )


# --- usage ----------------------------------------------------------------------------------


def usage(attributes: Attributes) -> Usage:
    """Tokens and cost of one span, each from its first alias that has a number.

    "`input_tokens` includes cache reads (added back where the convention subtracts them),
    `output_tokens` includes reasoning." "Total = declared, else the sum if both are known."
    """
    found_input, input_key = _first_count(attributes, INPUT_TOKENS)
    found_output, output_key = _first_count(attributes, OUTPUT_TOKENS)
    declared, _ = _first_count(attributes, TOTAL_TOKENS)
    added_input, added_output = _langfuse_parts(attributes)
    if found_input is not None and input_key.startswith(LANGFUSE_USAGE):
        found_input += added_input
    if found_output is not None and output_key.startswith(LANGFUSE_USAGE):
        found_output += added_output
    if declared is None and found_input is not None and found_output is not None:
        declared = found_input + found_output
    return Usage(
        input_tokens=found_input,
        output_tokens=found_output,
        total_tokens=declared,
        cached_input_tokens=_first_count(attributes, CACHED_TOKENS)[0],
        reasoning_tokens=_first_count(attributes, REASONING_TOKENS)[0],
        cost_usd=_cost(attributes),
    )


def _first_count(attributes: Attributes, aliases: list[str]) -> tuple[int | None, str]:
    for alias in aliases:
        count = whole(value_of(attributes, alias))
        if count is not None:
            return count, alias
    return None, ""


def _langfuse_parts(attributes: Attributes) -> tuple[int, int]:
    """What Langfuse takes out of `input` and `output` into keys of their own.

    Nothing is added where the declared total shows that nothing was taken out.
    """
    try:
        details = json.loads(attributes.get(LANGFUSE_USAGE) or "null")
    except (ValueError, TypeError, RecursionError):
        return 0, 0
    if not isinstance(details, dict):
        return 0, 0
    sides = [whole(details.get(side)) or 0 for side in ("input", "output")]
    parts = [
        sum(whole(count) or 0 for key, count in details.items() if key.startswith(f"{side}_"))
        for side in ("input", "output")
    ]
    if whole(details.get("total")) == sum(sides):
        return 0, 0
    return parts[0], parts[1]


def _cost(attributes: Attributes) -> Decimal | None:
    """Cost as declared, as DECIMAL(18,9)."""
    for parts in COSTS:
        found = [number(value_of(attributes, part)) for part in parts]
        known = [Decimal(repr(value)) for value in found if value is not None]
        if known:
            return sum(known, Decimal(0)).quantize(Decimal("1e-9"), ROUND_HALF_UP)
    return None
