-- /// sessiontrace
-- title = "Spans placed"
-- summary = "Kind, identity, topmost span of the turn and agent run of every span."
-- grain = "one span"
-- key = ["span_ord"]
-- ///
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
)

select
    node.span_ord,
    node.trace_ord,
    tree.depth,
    coalesce(node.semantic_kind, case when parents.parent_ord is null then 'other' end, 'chain')
        as kind,
    tree.session_ord,
    tree.conversation_ord,
    tree.user_ord,
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
left join parents on node.span_ord = parents.parent_ord
left join repeated_calls on node.span_ord = repeated_calls.span_ord
left join repeated_usage on node.span_ord = repeated_usage.span_ord
