-- /// sessiontrace
-- title = "Identity of traces"
-- summary = "Session, conversation and user of a trace as a whole, for spans that inherit none."
-- grain = "one trace"
-- key = ["trace_ord"]
-- ///
-- In this order: the earliest root, the most frequent value in the trace, its log records, its
-- resource. Only traces are looked at in which some span lacks one of the three.
with gaps as (
    select distinct trace_ord
    from span_tree
    where session_ord is null or conversation_ord is null or user_ord is null
),

own_entries as (
    select
        node.trace_ord,
        node.start_unix_ns as seen_unix_ns,
        node.parent_ord is null as is_root,
        unnest(identity_entries(
            own.session_id, own.session_id_key, own.conversation_id, own.conversation_id_key,
            own.user_id, own.user_id_key
        )) as entry
    from span_nodes as node
    inner join resolved_identity as own on node.span_ord = own.span_ord
    semi join gaps on node.trace_ord = gaps.trace_ord
    where
        node.session_ord is not null
        or node.conversation_ord is not null
        or node.user_ord is not null
),

log_entries as (
    select
        numbers.trace_ord,
        logs.time_unix_ns as seen_unix_ns,
        unnest(identity_entries(
            logged.session_id, logged.session_id_key, logged.conversation_id,
            logged.conversation_id_key, logged.user_id, logged.user_id_key
        )) as entry
    from log_records as logs
    inner join resolved_log as logged on logs.log_ord = logged.log_ord
    inner join trace_numbers as numbers on logs.trace_id = numbers.trace_id
),

resource_entries as (
    select
        node.trace_ord,
        node.start_unix_ns as seen_unix_ns,
        unnest(identity_entries(
            resource.session_id, resource.session_id_key, resource.conversation_id,
            resource.conversation_id_key, resource.user_id, resource.user_id_key
        )) as entry
    from span_nodes as node
    semi join gaps on node.trace_ord = gaps.trace_ord
    inner join resolved_resource as resource on node.resource_hash = resource.resource_hash
),

candidates as (
    select
        trace_ord,
        entry.field,
        entry.value,
        min(entry.key) as key,
        1 as step,
        -min(seen_unix_ns) as weight,
        min(seen_unix_ns) as first_seen
    from own_entries
    where is_root
    group by trace_ord, entry.field, entry.value
    union all
    select
        trace_ord, entry.field, entry.value, min(entry.key), 2, count(*), min(seen_unix_ns)
    from own_entries
    group by trace_ord, entry.field, entry.value
    union all
    select
        trace_ord, entry.field, entry.value, min(entry.key), 3, count(*), min(seen_unix_ns)
    from log_entries
    group by trace_ord, entry.field, entry.value
    union all
    select
        trace_ord, entry.field, entry.value, min(entry.key), 4, count(*), min(seen_unix_ns)
    from resource_entries
    group by trace_ord, entry.field, entry.value
),

ranked as (
    select
        *,
        row_number() over (
            partition by trace_ord, field
            order by step, weight desc nulls last, first_seen nulls last, value
        ) as place
    from candidates
    where value is not null
),

best as (
    select
        trace_ord,
        field,
        value,
        case step when 1 then 'root' when 2 then 'trace' when 3 then 'log' else 'resource' end
        || ':' || key as source
    from ranked
    where place = 1
)

select
    trace_ord,
    max(value) filter (where field = 'session_id') as session_id,
    max(source) filter (where field = 'session_id') as session_id_source,
    max(value) filter (where field = 'conversation_id') as conversation_id,
    max(source) filter (where field = 'conversation_id') as conversation_id_source,
    max(value) filter (where field = 'user_id') as user_id,
    max(source) filter (where field = 'user_id') as user_id_source
from best
group by trace_ord
