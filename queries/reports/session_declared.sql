-- /// sessiontrace
-- title = "Declared and observed"
-- summary = "What a session says of itself, beside what its spans show."
-- section = "session"
-- columns = [
--   { name = "aspect", role = "group" },
--   { name = "declared", role = "value", help = "a number; times in seconds since 1970" },
--   { name = "observed", role = "value" },
--   { name = "declared_text", role = "text" },
--   { name = "observed_text", role = "text" },
--   { name = "unit", role = "unit" },
--   { name = "is_different", role = "text", help = "NULL: nothing observed to compare with" },
-- ]
-- [parameters.session_id]
-- type = "VARCHAR"
-- help = "the session"
-- ///
--
-- Counts have to agree. Money may differ in the sixth decimal, times and durations by a second or
-- one part in a hundred: the application's clock ends before its last span does.
with

said as (
    select * from sessions where session_id = $session_id::VARCHAR
),

turn_means as (
    select
        mean_value(duration_ms) as latency_ms,
        mean_value(total_tokens) as tokens,
    from turns
    where session_id = $session_id::VARCHAR
),

numbers as (
    select 1 as place, 'start' as aspect, epoch(declared_start_time) as declared,
        start_unix_ns / 1e9 as observed, 's since 1970' as unit, 1.0 as allowed
    from said
    union all
    select 2, 'end', epoch(declared_end_time), end_unix_ns / 1e9, 's since 1970', 1.0 from said
    union all
    select 3, 'duration', declared_duration_ms, wall_ms, 'ms',
        greatest(1000.0, 0.01 * wall_ms) from said
    union all
    select 4, 'turns', declared_total_turns, turns, 'turns', 0.0 from said
    union all
    select 5, 'tokens', declared_total_tokens, total_tokens, 'tokens', 0.0 from said
    union all
    select 6, 'cost', declared_total_cost_usd, cast(cost_usd as double), 'usd', 1e-6 from said
    union all
    select 7, 'mean latency of a turn', declared_avg_turn_latency_ms, latency_ms, 'ms',
        0.01 * latency_ms from said cross join turn_means
    union all
    select 8, 'mean tokens of a turn', declared_avg_turn_tokens, tokens, 'tokens',
        0.01 * tokens from said cross join turn_means
    union all
    select 9, 'idle time before the timeout', declared_idle_time_ms, null, 'ms', 0.0 from said
    union all
    select 10, 'last turn', declared_dropoff_last_turn, last_turn_index, 'turn', 0.0 from said
    union all
    select 11, 'time since the last turn', declared_dropoff_time_since_last_turn_ms, null, 'ms',
        0.0 from said
),

texts as (
    select 12 as place, 'timeout' as aspect,
        case when declared_inactive_timeout then 'yes' else 'no' end as declared_text,
        case when end_state = 'timeout' then 'yes' else 'no' end as observed_text,
        declared_inactive_timeout is not null as is_said
    from said
    union all
    select 13, 'drop-off', case when declared_dropoff then 'yes' else 'no' end,
        case when is_dropped then 'yes' when not is_dropped then 'no' end,
        declared_dropoff is not null
    from said
    union all
    select 14, 'last intent', declared_dropoff_last_intent, turns.intent,
        declared_dropoff_last_intent is not null
    from said
    left join turns
        on turns.session_id = said.session_id and turns.turn_index = said.last_turn_index
    union all
    select 15, 'last action', declared_dropoff_last_action, turns.agent_action,
        declared_dropoff_last_action is not null
    from said
    left join turns
        on turns.session_id = said.session_id and turns.turn_index = said.last_turn_index
),

shown as (
    select place, aspect, declared, observed, cast(null as varchar) as declared_text,
        cast(null as varchar) as observed_text, unit,
        abs(declared - observed) > allowed as is_different
    from numbers
    where declared is not null
    union all
    select place, aspect, null, null, declared_text, observed_text, null,
        declared_text <> observed_text
    from texts
    where is_said
)

select
    aspect,
    sig12(declared) as declared,
    sig12(observed) as observed,
    declared_text,
    observed_text,
    unit,
    is_different,
from shown
order by place
