-- /// sessiontrace
-- title = "Spans, walked from the root"
-- summary = "What each span inherits from those above it."
-- grain = "one span"
-- key = ["span_ord"]
-- ///
-- One walk down from the roots. A root is a span without a parent in the export; spans on a cycle
-- are never reached and are added as roots of their own. 512 levels bound a hostile chain: each
-- level costs a pass over all spans; what lies deeper becomes a root, too.
--
-- session_ord, conversation_ord and user_ord are the nearest spans, from here upwards, that have the
-- id. The names ending in 1 and 2 are the two ways in which a turn opens below a root: by a turn's name
-- or id (1), by another turn number than above (2). Which one holds is decided for each trace later.
--
-- open_call is what a model call below would repeat: the nearest model call with usage above it,
-- with no tool or agent between. open_usage is the nearest other span with usage.
with recursive walk as (
    select
        span_ord,
        trace_ord,
        0 as depth,
        session_ord,
        conversation_ord,
        user_ord,
        case when not is_lifecycle then turn_number end as turn_number,
        turn_id,
        case
            when not is_lifecycle and (is_turn_span or turn_id is not null) then span_ord
        end as anchor1,
        case when not is_lifecycle and turn_number is not null then span_ord end as anchor2,
        case when semantic_kind = 'agent' then span_ord end as agent0,
        case when semantic_kind = 'agent' then span_ord end as agent1,
        case when semantic_kind = 'agent' then span_ord end as agent2,
        cast(null as bigint) as call_above,
        cast(null as bigint) as usage_above,
        case when semantic_kind = 'llm' and has_usage then span_ord end as open_call,
        case
            when coalesce(semantic_kind, 'chain') in ('agent', 'chain', 'tool') and has_usage
                then span_ord
        end as open_usage
    from span_nodes
    where parent_ord is null
    union all
    select
        node.span_ord,
        node.trace_ord,
        walk.depth + 1 as depth,
        coalesce(node.session_ord, walk.session_ord) as session_ord,
        coalesce(node.conversation_ord, walk.conversation_ord) as conversation_ord,
        coalesce(node.user_ord, walk.user_ord) as user_ord,
        coalesce(case when not node.is_lifecycle then node.turn_number end, walk.turn_number)
            as turn_number,
        coalesce(node.turn_id, walk.turn_id) as turn_id,
        case
            when opens_named_turn(
                node.is_lifecycle, node.is_turn_span, node.turn_id, node.turn_number,
                walk.anchor1, walk.turn_id, walk.turn_number
            ) then node.span_ord
            else walk.anchor1
        end as anchor1,
        case
            when opens_numbered_turn(node.is_lifecycle, node.turn_number, walk.turn_number)
                then node.span_ord
            else walk.anchor2
        end as anchor2,
        coalesce(walk.agent0, case when node.semantic_kind = 'agent' then node.span_ord end)
            as agent0,
        coalesce(
            case
                when not opens_named_turn(
                    node.is_lifecycle, node.is_turn_span, node.turn_id, node.turn_number,
                    walk.anchor1, walk.turn_id, walk.turn_number
                ) then walk.agent1
            end,
            case when node.semantic_kind = 'agent' then node.span_ord end
        ) as agent1,
        coalesce(
            case
                when
                    not opens_numbered_turn(node.is_lifecycle, node.turn_number, walk.turn_number)
                    then walk.agent2
            end,
            case when node.semantic_kind = 'agent' then node.span_ord end
        ) as agent2,
        walk.open_call as call_above,
        walk.open_usage as usage_above,
        case
            when node.semantic_kind in ('agent', 'tool') then null
            when node.semantic_kind = 'llm' and node.has_usage then node.span_ord
            else walk.open_call
        end as open_call,
        case
            when coalesce(node.semantic_kind, 'chain') in ('agent', 'chain', 'tool') and node.has_usage
                then node.span_ord
            else walk.open_usage
        end as open_usage
    from walk
    inner join span_nodes as node on walk.span_ord = node.parent_ord
    where walk.depth < 512
)

select *
from walk
union all
select
    span_ord,
    trace_ord,
    0 as depth,
    session_ord,
    conversation_ord,
    user_ord,
    turn_number,
    turn_id,
    case when not is_lifecycle and (is_turn_span or turn_id is not null) then span_ord end
        as anchor1,
    case when not is_lifecycle and turn_number is not null then span_ord end as anchor2,
    case when semantic_kind = 'agent' then span_ord end as agent0,
    case when semantic_kind = 'agent' then span_ord end as agent1,
    case when semantic_kind = 'agent' then span_ord end as agent2,
    cast(null as bigint) as call_above,
    cast(null as bigint) as usage_above,
    cast(null as bigint) as open_call,
    cast(null as bigint) as open_usage
from span_nodes
where span_ord not in (select span_ord from walk)
