-- /// sessiontrace
-- title = "Spans in context"
-- summary = "The turn, session, conversation, user and agent run of every span, and what counts."
-- grain = "one span"
-- key = ["span_ord"]
-- ///
-- Everything after this reads spans from here, without looking at the tree again. `rank` is the
-- total order: start, depth, trace id, span id.
with parents as (select distinct parent_ord from span_nodes where parent_ord is not null),

repeated_calls as (
    select distinct tree.call_above as span_ord
    from span_tree as tree
    inner join span_nodes as node on tree.span_ord = node.span_ord
    where node.has_usage and node.semantic_kind = 'llm' and tree.call_above is not null
),

repeated_usage as (
    select distinct tree.usage_above as span_ord
    from span_tree as tree
    inner join span_nodes as node on tree.span_ord = node.span_ord
    where
        node.has_usage
        and coalesce(node.semantic_kind, 'chain') <> 'other'
        and tree.usage_above is not null
),

placed as (
    select
        node.span_ord,
        node.trace_ord,
        node.trace_id,
        node.span_id,
        node.parent_ord,
        node.is_parent_missing,
        node.source_id,
        node.name,
        node.resource_hash,
        node.scope_hash,
        node.start_unix_ns,
        node.end_unix_ns,
        node.is_lifecycle,
        node.is_error,
        node.has_usage,
        node.turn_number as own_turn_number,
        node.turn_number_key,
        node.turn_id as own_turn_id,
        node.session_id as own_session_id,
        tree.depth,
        coalesce(node.semantic_kind, case when parents.parent_ord is null then 'other' end, 'chain')
            as kind,
        coalesce(nullif(node.kind_convention, 'otel'), shape_conventions.convention) as convention,
        coalesce(tree.session_id, identity.session_id, inferred.session_id) as session_id,
        case
            when node.session_id is not null then 'own:' || node.session_id_key
            when tree.session_id is not null then 'ancestor:' || tree.session_id_key
            when identity.session_id is not null then identity.session_id_source
            else inferred.session_id_source
        end as session_id_source,
        coalesce(tree.conversation_id, identity.conversation_id) as conversation_id,
        coalesce(tree.user_id, identity.user_id) as user_id,
        tree.turn_number,
        facts.turn_rule,
        case facts.turn_rule
            when 'name' then tree.anchor1
            when 'number' then tree.anchor2
            when 'trace' then facts.root_ord
        end as anchor_ord,
        case
            when facts.turn_rule = 'name' and tree.anchor1 is not null then tree.agent1
            when facts.turn_rule = 'number' and tree.anchor2 is not null then tree.agent2
            else tree.agent0
        end as agent_run_ord,
        node.has_usage
        and case
            when node.semantic_kind = 'llm' then repeated_calls.span_ord is null
            when node.semantic_kind = 'other' then false
            else repeated_usage.span_ord is null
        end as is_counted
    from span_nodes as node
    inner join span_tree as tree on node.span_ord = tree.span_ord
    inner join trace_facts as facts on node.trace_ord = facts.trace_ord
    left join trace_identity as identity on node.trace_ord = identity.trace_ord
    left join trace_sessions as inferred on node.trace_ord = inferred.trace_ord
    left join parents on node.span_ord = parents.parent_ord
    left join repeated_calls on node.span_ord = repeated_calls.span_ord
    left join repeated_usage on node.span_ord = repeated_usage.span_ord
    left join shape_conventions on node.shape_hash = shape_conventions.shape_hash
)

select
    placed.* exclude (session_id, session_id_source),
    row_number() over (
        order by placed.start_unix_ns nulls last, placed.depth, placed.trace_ord, placed.span_id
    ) as rank,
    coalesce(topmost.session_id, placed.session_id) as session_id,
    case
        when coalesce(topmost.session_id, placed.session_id) is distinct from placed.session_id
            then 'turn:' || topmost.session_id_source
        else placed.session_id_source
    end as session_id_source
from placed
left join placed as topmost on placed.anchor_ord = topmost.span_ord
