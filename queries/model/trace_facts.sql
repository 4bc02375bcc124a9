-- /// sessiontrace
-- title = "Traces"
-- summary = "What a trace is as a whole: its root, its identity, whether it holds work."
-- grain = "one trace"
-- key = ["trace_ord"]
-- ///
with ranked_roots as (
    select
        span_ord,
        trace_ord,
        resource_hash,
        is_lifecycle,
        row_number() over (
            partition by trace_ord order by start_unix_ns nulls last, span_id
        ) as place
    from span_nodes
    where parent_ord is null
),

-- A trace that is one cycle has no root; its earliest span stands for it.
rootless as (
    select
        span_ord,
        trace_ord,
        resource_hash,
        is_lifecycle,
        row_number() over (
            partition by trace_ord order by start_unix_ns nulls last, span_id
        ) as place
    from span_nodes
    where trace_ord not in (select trace_ord from ranked_roots)
),

roots as (
    select * from ranked_roots where place = 1
    union all
    select * from rootless where place = 1
),

bounds as (
    select
        node.trace_ord,
        count(*) as spans,
        min(node.start_unix_ns) as start_unix_ns,
        max(coalesce(node.end_unix_ns, node.start_unix_ns)) as end_unix_ns,
        bool_or(node.semantic_kind in ('agent', 'llm')) as has_work,
        bool_or(tree.anchor1 is not null) as has_named_turn,
        bool_or(tree.anchor2 is not null) as has_numbered_turn,
        min(case when tree.anchor2 is not null then tree.turn_number end)
        is distinct from max(case when tree.anchor2 is not null then tree.turn_number end)
            as has_several_numbers
    from span_nodes as node
    inner join span_tree as tree on node.span_ord = tree.span_ord
    group by node.trace_ord
),

named as (
    select
        roots.span_ord,
        roots.trace_ord,
        roots.is_lifecycle,
        records.trace_id,
        records.name,
        own.session_id,
        own.conversation_id,
        own.user_id,
        scopes.scope_name,
        resource.service_name
    from roots
    inner join span_records as records on roots.span_ord = records.span_ord
    inner join resolved_identity as own on roots.span_ord = own.span_ord
    left join scope_records as scopes on records.scope_hash = scopes.scope_hash
    left join resolved_resource as resource on roots.resource_hash = resource.resource_hash
),

side_task_names as (
    select distinct named.name, named.scope_name, min(side_tasks.reason) as reason
    from (select distinct name, scope_name from named) as named
    inner join side_tasks
        on
            regexp_full_match(named.name, '(?i)' || side_tasks.pattern)
            and (
                side_tasks.scope is null
                or regexp_full_match(
                    coalesce(named.scope_name, ''), '(?i)' || side_tasks.scope
                )
            )
    group by named.name, named.scope_name
)

select
    named.trace_ord,
    named.trace_id,
    named.span_ord as root_ord,
    named.name as root_name,
    named.is_lifecycle as is_lifecycle_root,
    side_task_names.reason as side_task,
    named.service_name,
    bounds.spans,
    bounds.start_unix_ns,
    bounds.end_unix_ns,
    bounds.has_work,
    case
        when bounds.has_named_turn then 'name'
        when bounds.has_numbered_turn and bounds.has_several_numbers then 'number'
        when bounds.has_numbered_turn then 'trace'
        when
            bounds.has_work and side_task_names.reason is null and not named.is_lifecycle
            then 'trace'
    end as turn_rule,
    coalesce(named.session_id, identity.session_id) as session_id,
    coalesce(named.conversation_id, identity.conversation_id) as conversation_id,
    coalesce(named.user_id, identity.user_id) as user_id
from named
inner join bounds on named.trace_ord = bounds.trace_ord
left join trace_identity as identity on named.trace_ord = identity.trace_ord
left join side_task_names
    on
        named.name = side_task_names.name
        and named.scope_name is not distinct from side_task_names.scope_name
