"""Rebuild sessions, conversations, turns, agent runs and calls from spans.

The last third of the recount. Order everywhere: start, depth, trace id, span id; never the
order of the file.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.oracle import recount_words as words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.oracle.recount_otlp import Attributes, LogRecord, Span

IDLE_NS = 30 * 60 * 10**9


@dataclass(eq=False)
class Node:
    """A span in its trace, with everything that is resolved about it."""

    span: Span
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    depth: int = 0
    kind: str = words.OTHER
    usage: words.Usage = field(default_factory=lambda: words.usage({}))
    is_counted: bool = False
    session: str | None = None
    session_source: str | None = None
    conversation: str | None = None
    user: str | None = None
    number: tuple[int, str] | None = None
    turn: Turn | None = None

    @property
    def order(self) -> tuple[int, int, str, str]:
        """The total order of spans."""
        return (self.span.start, self.depth, self.span.trace_id, self.span.span_id)

    @property
    def service(self) -> str:
        """The service that wrote the span."""
        return words.text(self.span.resource.get("service.name")) or ""

    @property
    def end(self) -> int:
        """The end; "an end before its start, or 0, gives NULL durations": then the start."""
        return max(self.span.end, self.span.start)

    def above(self) -> Iterator[Node]:
        """Its ancestors, nearest first."""
        node = self.parent
        while node:
            yield node
            node = node.parent

    def below(self) -> Iterator[Node]:
        """Itself and all its descendants, parents first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.children


@dataclass(eq=False)
class Trace:
    """One trace as a tree: its root first, then the tops of fragments whose parent is missing."""

    trace_id: str
    nodes: list[Node]
    tops: list[Node]

    @property
    def root(self) -> Node:
        """The earliest span without a parent, else the earliest whose parent is missing."""
        return self.tops[0]

    @property
    def start(self) -> int:
        """Its earliest known start."""
        return earliest(node.span.start for node in self.nodes)

    @property
    def end(self) -> int:
        """Its latest end."""
        return max(node.end for node in self.nodes)


@dataclass(eq=False)
class Turn:
    """One exchange: the spans that opened it and all spans below them."""

    openers: list[Node]
    nodes: list[Node] = field(default_factory=list)
    index: int = 0
    number: int | None = None

    @property
    def top(self) -> Node:
        """Its topmost span, whose session, conversation and user are those of the turn."""
        return self.openers[0]

    @property
    def start(self) -> int:
        """Start = min start of all spans below."""
        return earliest(node.span.start for node in self.nodes)

    @property
    def end(self) -> int:
        """End = max end of all spans below."""
        return max(node.end for node in self.nodes)

    @property
    def declared_number(self) -> tuple[int, str] | None:
        """The number of the first opener that has one, with its key."""
        return next((node.number for node in self.openers if node.number), None)

    @property
    def is_error(self) -> bool:
        """Whether its topmost span failed; a failed call that the agent coped with does not
        make a failed turn."""
        return any(node.span.is_error for node in self.openers)

    @property
    def agent_runs(self) -> int:
        """The topmost agent spans of the turn; nested ones are sub-runs."""
        return sum(
            node.kind == words.AGENT
            and not any(up.turn is self and up.kind == words.AGENT for up in node.above())
            for node in self.nodes
        )


def earliest(times: Iterable[int]) -> int:
    """The least of the times that are known; 0 if none is."""
    return min((time for time in times if time), default=0)


def model(spans: Sequence[Span], logs: Sequence[LogRecord]) -> tuple[list[Trace], list[Turn]]:
    """All traces of a load with every span resolved, and the turns in order."""
    logs_of: defaultdict[str, list[Attributes]] = defaultdict(list)
    for log in sorted(logs, key=lambda log: (log.trace_id, log.time)):
        logs_of[log.trace_id].append(log.attributes)
    by_trace: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_trace[span.trace_id].append(span)
    traces = [_tree(trace_id, members) for trace_id, members in by_trace.items()]
    traces.sort(key=lambda trace: (trace.start, trace.trace_id))
    for trace in traces:
        for node in trace.nodes:
            node.kind = words.kind(node.span, has_children=bool(node.children))
            node.usage = words.usage(node.span.attributes)
        _count_usage(trace)
        _resolve_identity(trace, logs_of[trace.trace_id])
    _sessions_of_traces(traces)
    return traces, _turns(traces)


# --- trees ----------------------------------------------------------------------------------


def _tree(trace_id: str, spans: Sequence[Span]) -> Trace:
    """Children under parents; a missing parent makes a top, a circle is cut at its earliest."""
    nodes = {span.span_id: Node(span) for span in spans}
    in_order = sorted(nodes.values(), key=lambda node: (node.span.start, node.span.span_id))
    for node in in_order:
        node.parent = nodes.get(node.span.parent_id or "")
    placed: set[str] = set()
    for node in in_order:
        path: list[Node] = []
        step: Node | None = node
        while step and step.span.span_id not in placed and step not in path:
            path.append(step)
            step = step.parent
        if step in path:
            circle = path[path.index(step) :]
            min(circle, key=lambda one: (one.span.start, one.span.span_id)).parent = None
        placed.update(one.span.span_id for one in path)
    for node in in_order:
        if node.parent:
            node.parent.children.append(node)
    tops = [node for node in in_order if not node.parent]
    for top in tops:
        for node in top.below():
            node.depth = node.parent.depth + 1 if node.parent else 0
    tops.sort(key=lambda top: (top.span.parent_id is not None, top.order))
    return Trace(trace_id, sorted(nodes.values(), key=lambda node: node.order), tops)


def _count_usage(trace: Trace) -> None:
    """Usage counts once.

    "A model-call span with usage counts unless a model-call span with usage lies below it with
    no tool or agent span between. Agent, chain and tool spans with usage count only if nothing
    below carries usage." Spans of other kinds neither count nor hide.
    """
    carries: set[Node] = set()
    exposes_call: set[Node] = set()
    for node in sorted(trace.nodes, key=lambda node: -node.depth):
        known = node.usage.is_known and node.kind != words.OTHER
        carried_below = any(child in carries for child in node.children)
        call_below = any(child in exposes_call for child in node.children)
        is_call = node.kind == words.LLM
        node.is_counted = known and not (call_below if is_call else carried_below)
        if known or carried_below:
            carries.add(node)
        if (is_call and known) or (call_below and node.kind not in (words.TOOL, words.AGENT)):
            exposes_call.add(node)


# --- identity -------------------------------------------------------------------------------


def _resolve_identity(trace: Trace, logs: Sequence[Attributes]) -> None:
    for node, session in zip(trace.nodes, _resolved(trace, logs, words.SESSION), strict=True):
        node.session = session
        node.session_source = session and "declared"
    for node, found in zip(trace.nodes, _resolved(trace, logs, words.CONVERSATION), strict=True):
        node.conversation = found
    users = _resolved(trace, logs, words.USER, words.RESOURCE_USER)
    for node, found in zip(trace.nodes, users, strict=True):
        node.user = found
    for node in _parents_first(trace):
        said = words.first(node.span.attributes, words.TURN_NUMBER)
        number = words.whole(said[0]) if said else None
        inherited = node.parent.number if node.parent else None
        node.number = (number, said[1]) if said and number is not None else inherited


def _parents_first(trace: Trace) -> list[Node]:
    return sorted(trace.nodes, key=lambda node: node.depth)


def _resolved(
    trace: Trace,
    logs: Sequence[Attributes],
    aliases: list[str],
    resource_aliases: list[str] | None = None,
) -> list[str | None]:
    """One identity field for each span of a trace, in the order of its nodes.

    "own attribute (first alias in registry order) → nearest ancestor → root of the trace → most
    frequent in the trace → its log records → resource"
    """
    own: dict[Node, str | None] = {}
    known: dict[Node, str | None] = {}
    for node in _parents_first(trace):
        own[node] = _first_value(node.span.attributes, aliases)
        known[node] = own[node] or (known[node.parent] if node.parent else None)
    common = (
        own[trace.root]
        or most_frequent(own[node] for node in trace.nodes)
        or most_frequent(_first_value(log, aliases) for log in logs)
    )
    return [
        known[node] or common or _first_value(node.span.resource, resource_aliases or aliases)
        for node in trace.nodes
    ]


def _first_value(attributes: Attributes, aliases: list[str]) -> str | None:
    found = words.first(attributes, aliases)
    return found[0] if found else None


def most_frequent(values: Iterable[str | None]) -> str | None:
    """The commonest value: "ties go to the earliest, then the smallest text"."""
    counts = Counter(value for value in values if value is not None)
    return max(counts, key=lambda value: counts[value], default=None)


# --- sessions -------------------------------------------------------------------------------


def _sessions_of_traces(traces: Sequence[Trace]) -> None:
    """Sessions of the traces that declare none.

    "the declared id → the session that other traces name for this conversation (several: the
    latest that began at or before this trace, else the earliest) → the conversation id itself →
    inferred → NULL"
    """
    began: dict[str, int] = {}
    named: defaultdict[str, set[str]] = defaultdict(set)
    for trace in traces:
        for node in trace.nodes:
            if node.session:
                began[node.session] = earliest([began.get(node.session, 0), node.span.start])
                if node.conversation:
                    named[node.conversation].add(node.session)
    without: list[Trace] = []
    for trace in traces:
        if any(node.session for node in trace.nodes):
            continue
        for node in trace.nodes:
            if node.conversation:
                found = _session_of(named[node.conversation], began, trace.start)
                node.session = found or node.conversation
                node.session_source = "declared" if found else "conversation"
        if trace.root.user and not any(node.session for node in trace.nodes):
            without.append(trace)
    _infer(without)


def _session_of(named: Iterable[str], began: Mapping[str, int], start: int) -> str | None:
    in_order = sorted(named, key=lambda session: (began[session], session))
    return next((s for s in reversed(in_order) if began[s] <= start), next(iter(in_order), None))


def _infer(traces: Sequence[Trace]) -> None:
    """Infer: "traces with a user but neither id, per (service, user), a new one iff gap > idle
    (default 30 min) from the latest end so far; id `inferred:` + first trace id".
    """
    current: dict[tuple[str, str | None], tuple[str, int]] = {}
    for trace in traces:
        key = (trace.root.service, trace.root.user)
        session, latest = current.get(key, ("", 0))
        if not session or trace.start - latest > IDLE_NS:
            session, latest = f"inferred:{trace.trace_id}", 0
        current[key] = (session, max(latest, trace.end))
        for node in trace.nodes:
            node.session, node.session_source = session, "inferred"


# --- turns ----------------------------------------------------------------------------------


def _turns(traces: Sequence[Trace]) -> list[Turn]:
    """All turns, with their spans, their place in the session and their number."""
    turns: list[Turn] = []
    opened: defaultdict[tuple[str | None, ...], list[Turn]] = defaultdict(list)
    for trace in traces:
        openers = [node for node in trace.nodes if words.opens_turn(node.span)]
        openers = openers or [node for node in trace.nodes if _opens_by_number(node)]
        if not openers and _is_turn_as_whole(trace):
            turns.append(Turn([trace.root], list(trace.nodes)))
        for turn in _opened(trace, set(openers)):
            opened[_conversation(turn)].append(turn)
    for candidates in opened.values():
        turns += _merged(candidates)
    for turn in turns:
        turn.openers.sort(key=lambda node: node.order)
        for node in turn.nodes:
            node.turn = turn
            node.session, node.session_source = turn.top.session, turn.top.session_source
            node.conversation = turn.top.conversation
    turns.sort(key=lambda turn: (turn.start, turn.top.order))
    _count_up(turns)
    return turns


def _conversation(turn: Turn) -> tuple[str | None, ...]:
    """The conversation that turns are counted in; unrelated orphan traces share none."""
    top = turn.top
    is_orphan = top.session is None and top.conversation is None
    return (top.session, top.conversation, top.span.trace_id if is_orphan else None)


def _opens_by_number(node: Node) -> bool:
    """Else: "spans whose resolved turn number differs from their parent's: the topmost span of
    each number opens a turn, inherited copies never do".

    A number resolves from the span itself and its ancestors only: a number that one child
    carries must not spread to the root of a trace that holds several turns.
    """
    if not node.number or node.span.name in words.LIFECYCLE:
        return False
    inherited = node.parent.number if node.parent else None
    return inherited is None or inherited[0] != node.number[0]


def _is_turn_as_whole(trace: Trace) -> bool:
    """Else: "the whole trace, if it holds an agent run or model call and its root is not a
    known side task".
    """
    working = any(node.kind in (words.AGENT, words.LLM) for node in trace.nodes)
    return working and not words.is_side_task(trace.root.span)


def _turn_id(node: Node) -> str | None:
    return _first_value(node.span.attributes, ["turn.id"])


def _role(node: Node) -> str | None:
    return _first_value(node.span.attributes, ["turn.role"])


def _opened(trace: Trace, openers: set[Node]) -> list[Turn]:
    """The turns that these spans of a trace open, each with the spans below it.

    A span belongs to the nearest opener above it; an opener that lies in another of the same
    turn joins that one.
    """
    turn_of: dict[Node, Turn] = {}
    turns: list[Turn] = []
    for node in _parents_first(trace):
        turn = turn_of.get(node.parent) if node.parent else None
        if node in openers:
            if turn is None or not _is_same_turn(turn.openers[0], node):
                turn = Turn([])
                turns.append(turn)
            turn.openers.append(node)
        if turn:
            turn.nodes.append(node)
            turn_of[node] = turn
    return turns


def _is_same_turn(outer: Node, inner: Node) -> bool:
    """Numbers decide where both have one, then turn ids; an opener without either follows."""
    outer_id, inner_id = _turn_id(outer), _turn_id(inner)
    if outer_id and outer_id == inner_id:
        return True
    if outer.number and inner.number:
        return outer.number[0] == inner.number[0]
    return not (outer_id and inner_id)


def _merged(candidates: Sequence[Turn]) -> list[Turn]:
    """The turns of one conversation.

    "Key: (conversation, turn.id), else (conversation, number), else (trace). Spans of one
    number with different roles, or overlapping, are one turn; the same number later in the same
    role is another turn."
    """
    turns: list[Turn] = []
    by_id: dict[str, Turn] = {}
    by_number: dict[int, Turn] = {}
    for candidate in sorted(candidates, key=lambda turn: (turn.start, turn.top.order)):
        ids = sorted({found for node in candidate.openers if (found := _turn_id(node))})
        number = candidate.declared_number
        turn = next((by_id[one] for one in ids if one in by_id), None)
        if turn is None and number and number[0] in by_number:
            earlier = by_number[number[0]]
            turn = earlier if _is_one_turn(earlier, candidate) else None
        if turn:
            turn.openers += candidate.openers
            turn.nodes += candidate.nodes
        else:
            turn = candidate
            turns.append(turn)
        by_id.update(dict.fromkeys(ids, turn))
        if number:
            by_number[number[0]] = turn
    return turns


def _is_one_turn(earlier: Turn, later: Turn) -> bool:
    """Whether two groups of one number are one turn: overlapping, or in different roles.

    Where a role is unknown, one trace speaks for one turn and two traces for two.
    """
    if later.start < earlier.end or later.start == earlier.start:
        return True
    earlier_roles = {role for node in earlier.openers if (role := _role(node))}
    later_roles = {role for node in later.openers if (role := _role(node))}
    if earlier_roles and later_roles:
        return not earlier_roles & later_roles
    return later.top.span.trace_id in {node.span.trace_id for node in earlier.openers}


def _count_up(turns: Sequence[Turn]) -> None:
    """`turn_index` = 1..n within the session by time; `turn_number` within the conversation.

    "0-based series, recognised when any conversation of that service and key shows 0, are shown
    1-based". A turn without a declared number has its place in the conversation.
    """
    from_zero = {
        (turn.top.service, turn.declared_number[1])
        for turn in turns
        if turn.declared_number and turn.declared_number[0] == 0
    }
    in_session: Counter[str] = Counter()
    in_conversation: Counter[tuple[str | None, ...]] = Counter()
    for turn in turns:
        in_conversation[_conversation(turn)] += 1
        turn.number = in_conversation[_conversation(turn)]
        if turn.declared_number:
            number, key = turn.declared_number
            turn.number = number + ((turn.top.service, key) in from_zero)
        if turn.top.session:
            in_session[turn.top.session] += 1
            turn.index = in_session[turn.top.session]


# --- sums -----------------------------------------------------------------------------------


def total(values: Iterable[int | None]) -> int | None:
    """The sum of what is known; nothing known is unknown, not zero."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def cost(nodes: Iterable[Node]) -> float | None:
    """The declared cost of the spans that count."""
    known = [node.usage.cost_usd for node in nodes if node.is_counted]
    costs = [value for value in known if value is not None]
    return float(sum(costs, Decimal(0))) if costs else None


def active_ns(turns: Iterable[Turn]) -> int:
    """Time at work: "union of the turn intervals plus the gaps ≤ idle between them"."""
    active, latest = 0, None
    for turn in sorted(turns, key=lambda turn: (turn.start, turn.end)):
        if latest is None:
            active, latest = turn.end - turn.start, turn.end
            continue
        gap = turn.start - latest
        active += gap if 0 < gap <= IDLE_NS else 0
        active += max(0, turn.end - max(turn.start, latest))
        latest = max(latest, turn.end)
    return active
