-- /// sessiontrace
-- title = "Goals met"
-- summary = "Sessions that met the goal: the one given, else the conversion of a journey."
-- grain = "one session that met a goal or entered a journey"
-- key = ["session_id"]
-- ///
-- The same steps as in `events`, read from where they come from: an analysis without a goal by name
-- need not build that table.
with goal as (select goal_kind, goal_name from model_settings),

steps as (
    select
        session_id,
        'converted' as kind,
        journey as name,
        min(converted_unix_ns) as time_unix_ns,
        min(converted_turn_index) as turn_index
    from journey_stages
    where is_converted
    group by session_id, journey
    union all
    select session_id, 'stage', journey || '/' || stage, reached_unix_ns, turn_index
    from journey_stages
    union all
    select session_id, 'turn', coalesce(intent, 'turn'), start_unix_ns, turn_index
    from turns
    union all
    select session_id, 'action', agent_action, start_unix_ns, turn_index
    from turns
    union all
    select session_id, 'end', coalesce(end_reason, 'end'), last_end_unix_ns, null
    from session_declarations
    where end_reason is not null
    union all
    select
        context.session_id,
        case context.kind when 'llm' then 'model' else 'tool' end,
        case context.kind
            when 'llm' then coalesce(calls.model, 'unknown')
            else tool_name_of(calls.tool_name, context.name)
        end,
        context.start_unix_ns,
        turns.turn_index
    from span_context as context
    semi join (from goal where goal_kind in ('tool', 'model')) as asked on true
    left join resolved_calls as calls on context.span_ord = calls.span_ord
    left join turn_keys on context.anchor_ord = turn_keys.anchor_ord
    left join turns on turn_keys.turn_ord = turns.turn_ord
    where context.kind in ('llm', 'tool')
),

met as (
    select
        steps.session_id,
        min(steps.time_unix_ns) as met_unix_ns,
        min(steps.turn_index) as met_turn_index
    from steps
    cross join goal
    where
        steps.session_id is not null
        and steps.kind = coalesce(goal.goal_kind, 'converted')
        and (goal.goal_name is null or steps.name = goal.goal_name)
    group by steps.session_id
),

entered as (
    select distinct session_id
    from journey_stages
),

known as (
    select session_id from met
    union
    select session_id from entered
    where (select goal_kind from goal) is null
)

select
    known.session_id,
    met.session_id is not null as is_met,
    met.met_unix_ns,
    met.met_turn_index
from known
left join met on known.session_id = met.session_id
