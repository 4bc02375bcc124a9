-- /// sessiontrace
-- title = "Goals met"
-- summary = "Sessions that met the goal: the one given, else the conversion of a journey."
-- grain = "one session that met a goal or entered a journey"
-- key = ["session_id"]
-- ///
with goal as (select goal_kind, goal_name from model_settings),

met as (
    select
        events.session_id,
        min(events.ord) as ord,
        min(events.time_unix_ns) as met_unix_ns,
        arg_min(events.turn_index, events.ord) as met_turn_index
    from events
    cross join goal
    where
        events.session_id is not null
        and events.kind = coalesce(goal.goal_kind, 'converted')
        and (goal.goal_name is null or events.name = goal.goal_name)
    group by events.session_id
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
