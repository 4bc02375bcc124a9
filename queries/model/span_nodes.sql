-- /// sessiontrace
-- title = "Spans, joined to their parents"
-- summary = "Spans with what the tree walk needs of them: parent, kind, identity, usage."
-- grain = "one span"
-- key = ["span_ord"]
-- ///
-- Joins on text happen here, once: everything after this joins 64-bit numbers, and ids are carried as
-- the number of the span that has them. Four copies of three ids on every span would take 700 MB for
-- 440,000 spans.
with turn_names as (select distinct span_name, scope_prefix from turn_span_names)

select
    records.span_ord,
    trace_numbers.trace_ord,
    records.span_id,
    parents.span_ord as parent_ord,
    records.parent_span_id is not null and parents.span_ord is null as is_parent_missing,
    records.resource_hash,
    records.start_unix_ns,
    case
        when records.end_unix_ns >= records.start_unix_ns then records.end_unix_ns
    end as end_unix_ns,
    case when identity.session_id is not null then records.span_ord end as session_ord,
    case when identity.conversation_id is not null then records.span_ord end as conversation_ord,
    case when identity.user_id is not null then records.span_ord end as user_ord,
    identity.semantic_kind,
    records.name in ('session.start', 'session.end', 'conversation.manage_context')
        as is_lifecycle,
    turn_names.span_name is not null or identity.is_turn_kind as is_turn_span,
    declared.turn_number,
    declared.turn_id,
    records.status_code = 2 or coalesce(declared.observation_level, '') = 'ERROR' as is_error,
    calls.input_tokens is not null
        or calls.output_tokens is not null
        or calls.total_tokens is not null
        or calls.cost_usd is not null as has_usage
from span_records as records
inner join trace_numbers on records.trace_id = trace_numbers.trace_id
inner join resolved_identity as identity on records.span_ord = identity.span_ord
left join span_records as parents
    on
        records.trace_id = parents.trace_id
        and records.parent_span_id = parents.span_id
        and records.span_ord <> parents.span_ord
left join resolved_declared as declared on records.span_ord = declared.span_ord
left join resolved_calls as calls on records.span_ord = calls.span_ord
left join scope_records as scopes on records.scope_hash = scopes.scope_hash
left join turn_names
    on
        records.name = turn_names.span_name
        and starts_with(coalesce(scopes.scope_name, ''), turn_names.scope_prefix)
