-- /// sessiontrace
-- title = "Events"
-- summary = "One row for everything a funnel or a path can step on."
-- grain = "one event"
-- key = ["ord"]
-- columns = [
--   { name = "session_id", help = "session of the event" },
--   { name = "user_id", help = "user of the event's span, where the step has one" },
--   { name = "conversation_id", help = "conversation of a turn; NULL for other kinds" },
--   { name = "time", help = "when it began, UTC" },
--   { name = "time_unix_ns", help = "when it began, since 1970" },
--   { name = "ord", help = "1, 2, 3 through the whole store: the order of funnels and paths" },
--   { name = "kind", help = "turn, action, stage, tool, model, converted or end" },
--   { name = "name", help = "intent, action, journey/stage, tool, model, journey or end reason" },
--   { name = "turn_index", help = "turn it happened in, 1..n in the session" },
--   { name = "trace_id", help = "trace it comes from; NULL for stages, conversions and ends" },
--   { name = "span_id", help = "span it comes from; NULL for stages, conversions and ends" },
-- ]
-- ///
with spans_of_turns as (
    select
        turns.session_id,
        turns.user_id,
        turns.conversation_id,
        turns.start_unix_ns,
        turns.rank,
        1 as place,
        'turn' as kind,
        coalesce(turns.intent, 'turn') as name,
        turns.turn_index,
        turns.span_id,
        turns.trace_id
    from turns
),

converted as (
    select
        session_id,
        journey,
        arg_min(user_id, rank) as user_id,
        any_value(converted_unix_ns) as converted_unix_ns,
        any_value(converted_turn_index) as turn_index,
        min(rank) as rank
    from journey_stages
    where is_converted
    group by session_id, journey
),

ends as (
    select
        context.session_id,
        arg_min(context.user_id, context.rank) as user_id,
        min(context.start_unix_ns) as start_unix_ns,
        min(context.rank) as rank,
        arg_max(declared.end_reason, context.rank) as reason
    from span_context as context
    left join resolved_declared as declared on context.span_ord = declared.span_ord
    where
        context.session_id is not null
        and (context.name = 'session.end' or declared.end_reason is not null)
    group by context.session_id
),

gathered as (
    select * from spans_of_turns
    union all
    select
        turns.session_id,
        turns.user_id,
        turns.conversation_id,
        turns.start_unix_ns,
        turns.rank,
        5 as place,
        'action' as kind,
        turns.agent_action as name,
        turns.turn_index,
        turns.span_id,
        turns.trace_id
    from turns
    where turns.agent_action is not null
    union all
    select
        session_id, null, null, start_unix_ns, rank, 3, 'tool', tool_name, turn_index, span_id,
        trace_id
    from tool_calls
    union all
    select
        session_id, null, null, start_unix_ns, rank, 3, 'model', coalesce(model, 'unknown'),
        turn_index, span_id, trace_id
    from llm_calls
    union all
    select
        session_id, user_id, null, reached_unix_ns, rank, 2, 'stage', journey || '/' || stage,
        turn_index, null, null
    from journey_stages
    union all
    select
        session_id, user_id, null, converted_unix_ns, rank, 4, 'converted', journey, turn_index,
        null, null
    from converted
    union all
    select
        session_id, user_id, null, start_unix_ns, rank, 6, 'end', coalesce(reason, 'end'), null,
        null, null
    from ends
),

keyed as (select *, row_number() over () as event_key from gathered),

ordered as (
    select
        event_key,
        row_number() over (
            order by start_unix_ns nulls last, rank, place, kind, name, session_id
        ) as ord
    from keyed
)

select
    keyed.session_id,
    keyed.user_id,
    keyed.conversation_id,
    unix_ns_time(keyed.start_unix_ns) as time,
    keyed.start_unix_ns as time_unix_ns,
    ordered.ord,
    keyed.kind,
    keyed.name,
    keyed.turn_index,
    keyed.trace_id,
    keyed.span_id
from keyed
inner join ordered on keyed.event_key = ordered.event_key
