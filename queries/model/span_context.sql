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
with heirs as (
    select span_ord, session_ord, conversation_ord, user_ord
    from span_placement
    where
        session_ord <> span_ord or conversation_ord <> span_ord or user_ord <> span_ord
),

-- Spans that others inherit from, a fraction of all: the joins below build on these.
donors as (
    select identity.span_ord, identity.session_id, identity.session_id_key,
        identity.conversation_id, identity.user_id
    from resolved_identity as identity
    semi join (
        select session_ord as span_ord from heirs
        union
        select conversation_ord from heirs
        union
        select user_ord from heirs
    ) as given on identity.span_ord = given.span_ord
),

-- What a trace as a whole has, for spans without an id from here upwards.
trace_wide as (
    select
        facts.trace_ord,
        coalesce(identity.session_id, inferred.session_id) as session_id,
        coalesce(identity.session_id_source, inferred.session_id_source) as session_id_source,
        identity.conversation_id,
        identity.user_id
    from trace_facts as facts
    left join trace_identity as identity on facts.trace_ord = identity.trace_ord
    left join trace_sessions as inferred on facts.trace_ord = inferred.trace_ord
    where identity.trace_ord is not null or inferred.trace_ord is not null
),

topmost as (
    select
        placed.span_ord,
        coalesce(own.session_id, session.session_id, trace_wide.session_id) as session_id,
        case
            when own.session_id is not null then 'own:' || own.session_id_key
            when session.session_id is not null then 'ancestor:' || session.session_id_key
            else trace_wide.session_id_source
        end as session_id_source
    from span_placement as placed
    inner join resolved_identity as own on placed.span_ord = own.span_ord
    left join donors as session on placed.session_ord = session.span_ord
    left join trace_wide on placed.trace_ord = trace_wide.trace_ord
    where placed.span_ord = placed.anchor_ord
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
    coalesce(topmost.session_id, own.session_id, session.session_id, trace_wide.session_id)
        as session_id,
    case
        when topmost.session_id
            <> coalesce(own.session_id, session.session_id, trace_wide.session_id, '')
            then 'turn:' || topmost.session_id_source
        when own.session_id is not null then 'own:' || own.session_id_key
        when session.session_id is not null then 'ancestor:' || session.session_id_key
        else trace_wide.session_id_source
    end as session_id_source,
    coalesce(own.conversation_id, conversation.conversation_id, trace_wide.conversation_id)
        as conversation_id,
    coalesce(own.user_id, person.user_id, trace_wide.user_id) as user_id,
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
inner join span_ranks on placed.span_ord = span_ranks.span_ord
left join topmost on placed.anchor_ord = topmost.span_ord
left join donors as session on placed.session_ord = session.span_ord
left join donors as conversation on placed.conversation_ord = conversation.span_ord
left join donors as person on placed.user_ord = person.span_ord
left join trace_wide on placed.trace_ord = trace_wide.trace_ord
left join shape_conventions on records.shape_hash = shape_conventions.shape_hash
