-- /// sessiontrace
-- title = "Spans in context"
-- summary = "The turn, session, conversation, user and agent run of every span, and what counts."
-- grain = "one span"
-- key = ["span_ord"]
-- ///
-- Everything after this reads spans from here, without looking at the tree again. A turn belongs to
-- the session of its topmost span, and everything below follows it. Ids: the nearest span from here
-- upwards that has one, else what the trace as a whole has, else what its conversation or its user
-- say.
with resolved as (
    select
        placed.span_ord,
        coalesce(session.session_id, identity.session_id, inferred.session_id) as session_id,
        case
            when placed.session_ord = placed.span_ord then 'own:' || session.session_id_key
            when placed.session_ord is not null then 'ancestor:' || session.session_id_key
            when identity.session_id is not null then identity.session_id_source
            else inferred.session_id_source
        end as session_id_source
    from span_placement as placed
    left join resolved_identity as session on placed.session_ord = session.span_ord
    left join trace_identity as identity on placed.trace_ord = identity.trace_ord
    left join trace_sessions as inferred on placed.trace_ord = inferred.trace_ord
),

topmost as (
    select resolved.*
    from resolved
    semi join span_placement as anchors on resolved.span_ord = anchors.anchor_ord
)

select
    placed.span_ord,
    placed.trace_ord,
    records.trace_id,
    records.span_id,
    node.parent_ord,
    node.is_parent_missing,
    records.source_id,
    records.name,
    records.resource_hash,
    records.scope_hash,
    records.start_unix_ns,
    node.end_unix_ns,
    node.is_lifecycle,
    node.is_error,
    node.has_usage,
    node.turn_number as own_turn_number,
    node.turn_id as own_turn_id,
    placed.depth,
    placed.kind,
    coalesce(nullif(own.kind_convention, 'otel'), shape_conventions.convention) as convention,
    coalesce(topmost.session_id, resolved.session_id) as session_id,
    case
        when topmost.session_id is distinct from resolved.session_id
            and topmost.session_id is not null then 'turn:' || topmost.session_id_source
        else resolved.session_id_source
    end as session_id_source,
    coalesce(conversation.conversation_id, identity.conversation_id) as conversation_id,
    coalesce(person.user_id, identity.user_id) as user_id,
    placed.turn_number,
    placed.turn_rule,
    placed.anchor_ord,
    placed.agent_run_ord,
    placed.is_counted,
    span_ranks.rank
from span_placement as placed
inner join span_records as records on placed.span_ord = records.span_ord
inner join span_nodes as node on placed.span_ord = node.span_ord
inner join resolved_identity as own on placed.span_ord = own.span_ord
inner join resolved on placed.span_ord = resolved.span_ord
inner join span_ranks on placed.span_ord = span_ranks.span_ord
left join topmost on placed.anchor_ord = topmost.span_ord
left join resolved_identity as conversation on placed.conversation_ord = conversation.span_ord
left join resolved_identity as person on placed.user_ord = person.span_ord
left join trace_identity as identity on placed.trace_ord = identity.trace_ord
left join shape_conventions on records.shape_hash = shape_conventions.shape_hash
