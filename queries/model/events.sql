-- /// sessiontrace
-- title = "Events"
-- summary = "One row for everything a funnel or a path can step on."
-- grain = "one event"
-- key = ["ord"]
-- columns = [
--   { name = "session_id", help = "session of the event" },
--   { name = "user_id", help = "user of the event" },
--   { name = "conversation_id", help = "conversation of a turn or call; NULL for other kinds" },
--   { name = "time", help = "when it began, UTC" },
--   { name = "time_unix_ns", help = "when it began, since 1970" },
--   { name = "ord", help = "1, 2, 3 through the whole store: the order of funnels and paths" },
--   { name = "kind", help = "turn, action, stage, tool, model, converted or end" },
--   { name = "name", help = "intent, action, journey/stage, tool, model, journey or end reason" },
--   { name = "turn_index", help = "turn it happened in, 1..n in the session" },
--   { name = "trace_id", help = "trace it comes from; NULL for stages, conversions and ends" },
--   { name = "span_id", help = "span it comes from; NULL for stages, conversions and ends" },
--   { name = "attributes", help = "what is known of it: intent, input_type, error_type, provider, …" },
-- ]
-- ///
with turn_facts as (
    select
        *,
        facts([
            {'k': 'intent', 'v': intent},
            {'k': 'agent_action', 'v': agent_action},
            {'k': 'input_type', 'v': input_type},
            {'k': 'output_type', 'v': output_type},
            {'k': 'is_error', 'v': cast(is_error as varchar)}
        ]) as attributes
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
    select
        session_id, user_id, conversation_id, start_unix_ns, rank, 1 as place, 'turn' as kind,
        coalesce(intent, 'turn') as name, turn_index, trace_id, span_id, attributes
    from turn_facts
    union all
    select
        session_id, user_id, conversation_id, start_unix_ns, rank, 5, 'action', agent_action,
        turn_index, trace_id, span_id, attributes
    from turn_facts
    where agent_action is not null
    union all
    select
        context.session_id, context.user_id, context.conversation_id, tools.start_unix_ns,
        tools.rank, 3, 'tool', tools.tool_name, tools.turn_index, tools.trace_id, tools.span_id,
        facts([
            {'k': 'is_error', 'v': cast(tools.is_error as varchar)},
            {'k': 'error_type', 'v': tools.error_type}
        ])
    from tool_calls as tools
    inner join span_context as context on tools.span_ord = context.span_ord
    union all
    select
        context.session_id, context.user_id, context.conversation_id, calls.start_unix_ns,
        calls.rank, 3, 'model', coalesce(calls.model, 'unknown'), calls.turn_index,
        calls.trace_id, calls.span_id,
        facts([
            {'k': 'provider', 'v': calls.provider},
            {'k': 'finish_reason', 'v': calls.finish_reason},
            {'k': 'is_error', 'v': cast(calls.is_error as varchar)}
        ])
    from llm_calls as calls
    inner join span_context as context on calls.span_ord = context.span_ord
    union all
    select
        session_id, user_id, null, reached_unix_ns, rank, 2, 'stage', journey || '/' || stage,
        turn_index, null, null,
        facts([
            {'k': 'journey', 'v': journey},
            {'k': 'stage', 'v': stage},
            {'k': 'stage_number', 'v': cast(stage_number as varchar)}
        ])
    from journey_stages
    union all
    select
        session_id, user_id, null, converted_unix_ns, rank, 4, 'converted', journey, turn_index,
        null, null, facts([{'k': 'journey', 'v': journey}])
    from converted
    union all
    select
        session_id, user_id, null, start_unix_ns, rank, 6, 'end', coalesce(reason, 'end'), null,
        null, null, facts([{'k': 'end_reason', 'v': reason}])
    from ends
)

select
    session_id,
    user_id,
    conversation_id,
    unix_ns_time(start_unix_ns) as time,
    start_unix_ns as time_unix_ns,
    row_number() over (
        order by start_unix_ns nulls last, rank, place, kind, name, session_id
    ) as ord,
    kind,
    name,
    turn_index,
    trace_id,
    span_id,
    attributes
from gathered
