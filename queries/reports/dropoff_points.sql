-- /// sessiontrace
-- title = "Drop-off points"
-- summary = "Where sessions end: the turn, intent, action, tool, error and wait they end on."
-- section = "dropoff"
-- columns = [
--   { name = "dimension", role = "group" },
--   { name = "value", role = "group", help = "NULL: the export does not say" },
--   { name = "k", role = "k", help = "sessions whose last turn has the value" },
--   { name = "n", role = "n", help = "sessions with any turn that has the value" },
--   { name = "rate", role = "value", unit = "share", help = "k / n" },
--   { name = "low", role = "low", unit = "share", help = "of rate, 95 %, Wilson" },
--   { name = "high", role = "high", unit = "share" },
--   { name = "lift", role = "value", help = "rate against the rate of the other values" },
--   { name = "excess", role = "value", help = "k minus what the others' rate would give" },
--   { name = "excess_low", role = "value", help = "the same at the lower end of the interval" },
--   { name = "share", role = "value", unit = "share", help = "k among all that ended" },
--   { name = "dropped", role = "value", help = "of k, those known to be dropped" },
--   { name = "rank", role = "value", help = "within the dimension; from n = 5 on" },
--   { name = "basis", role = "text", help = "what k counts: dropped, or settled end" },
--   { name = "few", role = "text", help = "true: n below 30" },
-- ]
-- [parameters.basis]
-- type = "VARCHAR"
-- default = "auto"
-- help = "dropped, settled end, or auto: dropped where half the outcomes are known"
-- ///
--
-- Two questions hide in "where do people drop off". The share answers "on what do most of them
-- end", and a common value wins it by being common. The rate answers "who meets this, leaves", and
-- turn 23 wins it because the longest session had 23. Excess weighs both: how many sessions ended
-- here beyond the rate of the other values of the dimension. The list is sorted by what is left of
-- it at the lower end of the interval, so that three sessions out of three do not lead it.
--
-- Open sessions are in neither count. Without a goal most outcomes are unknown: then every settled
-- end is ranked, `basis` says so, and `dropped` marks the ones that are known to be drop-offs.
-- A session that meets a value often counts once; the tool and the finish reason of a turn are its
-- last ones. Association only: slow answers and long questions come together.
with

dimensions as (
    select * from (values
        (1, 'turn'), (2, 'intent'), (3, 'agent action'), (4, 'intent, then action'),
        (5, 'tool'), (6, 'failed tool'), (7, 'any error'), (8, 'finish reason'),
        (9, 'wait for the answer'), (10, 'context share'), (11, 'journey stage')
    ) as named(place, dimension)
),

settled as (
    select
        *,
        count(*) over () as sessions,
        count(is_dropped) over () as judged,
    from selected_sessions
    where not is_censored and coalesce(type, '') <> 'batch'
),

based as (
    select
        *,
        case when is_dropped then 1 else 0 end as is_known_dropped,
        case
            when $basis::VARCHAR in ('dropped', 'settled end') then $basis::VARCHAR
            when 2 * judged >= sessions then 'dropped'
            else 'settled end'
        end as basis,
    from settled
),

-- Numbers stand for the sessions from here on: counting distinct texts takes twice as long.
ends as (
    select
        *,
        row_number() over (order by session_id) as session_ord,
        case when basis = 'settled end' then 1 else is_known_dropped end as is_counted,
    from based
    where basis = 'settled end' or is_dropped is not null
),

walked as (
    select
        turns.turn_index,
        turns.intent,
        turns.agent_action,
        turns.last_tool,
        turns.last_failed_tool,
        turns.is_error,
        turns.last_finish_reason,
        turns.duration_ms,
        turns.context_share,
        ends.session_ord,
        case when ends.last_turn_index = turns.turn_index then 1 else 0 end as is_last,
    from turns
    join ends on ends.session_id = turns.session_id
),

-- The model fills the last intent and action of a session from what the application declared, so
-- these two come from the session as well; the last stage may lie before the last turn.
visits as (
    select 1 as place, session_ord, cast(turn_index as varchar) as value, is_last from walked
    union all
    select 2, session_ord, intent, 0 from walked
    union all
    select 2, session_ord, last_intent, 1 from ends
    union all
    select 3, session_ord, agent_action, 0 from walked
    union all
    select 3, session_ord, last_agent_action, 1 from ends
    union all
    select 4, session_ord, intent || ', then ' || agent_action, 0 from walked
    union all
    select 4, session_ord, last_intent || ', then ' || last_agent_action, 1 from ends
    union all
    select 5, session_ord, coalesce(last_tool, 'none'), is_last from walked
    union all
    select 6, session_ord, coalesce(last_failed_tool, 'none'), is_last from walked
    union all
    select 7, session_ord,
        case when is_error or last_failed_tool is not null then 'yes' else 'no' end, is_last
    from walked
    union all
    select 8, session_ord, last_finish_reason, is_last from walked
    union all
    select 9, session_ord, wait_band(duration_ms), is_last from walked
    union all
    select 10, session_ord, context_band(context_share), is_last from walked
    union all
    select 11, ends.session_ord, journey_stages.stage, 0
    from journey_stages
    join ends on ends.session_id = journey_stages.session_id
    union all
    select 11, session_ord, last_stage, 1 from ends
),

met as (
    select place, value, session_ord, max(is_last) as is_last
    from visits
    group by place, value, session_ord
),

points as (
    select
        met.place,
        met.value,
        count(*) as n,
        count(*) filter (where is_last = 1 and is_counted = 1) as k,
        count(*) filter (where is_last = 1 and is_known_dropped = 1) as dropped,
        max(ends.basis) as basis,
    from met
    join ends on ends.session_ord = met.session_ord
    group by met.place, met.value
),

compared as (
    select
        *,
        sum(case when value is not null then k end) over (partition by place) - k as rest_k,
        sum(case when value is not null then n end) over (partition by place) - n as rest_n,
    from points
),

-- Fewer than five sessions with another value are nothing to compare with.
measured as (
    select
        *,
        case when value is not null and rest_n >= 5
            then rate(k, n) / nullif(rate(rest_k, rest_n), 0)
        end as lift,
        case when value is not null and rest_n >= 5 then n * rate(rest_k, rest_n) end as expected,
        -- No tool, no failure and the ordinary end of an answer are what the others are compared
        -- with, and no points to drop off at.
        n >= 5
            and value is not null
            and not (place in (5, 6, 7) and value in ('none', 'no'))
            and not (
                place in (3, 8)
                and lower(value) in (
                    'stop', 'end_turn', 'stop_sequence', 'completed', 'finish:stop',
                    'finish:end_turn', 'finish:stop_sequence', 'finish:completed'
                )
            ) as is_ranked,
    from compared
),

ranked as (
    select
        *,
        row_number() over (
            partition by place, is_ranked
            order by n * wilson_low(k, n) - expected desc nulls last, k desc, n, value nulls last
        ) as place_within,
    from measured
)

select
    dimensions.dimension,
    value,
    k,
    n,
    case when value is not null then sig12(rate(k, n)) end as rate,
    case when value is not null then sig12(wilson_low(k, n)) end as low,
    case when value is not null then sig12(wilson_high(k, n)) end as high,
    sig12(lift) as lift,
    sig12(k - expected) as excess,
    sig12(n * wilson_low(k, n) - expected) as excess_low,
    sig12(rate(k, (select count(*) from ends where is_counted = 1))) as share,
    dropped,
    case when is_ranked then place_within end as rank,
    basis,
    n < 30 as few,
from ranked
join dimensions on dimensions.place = ranked.place
where k > 0
order by
    case when is_ranked then n * wilson_low(k, n) - expected end desc nulls last,
    ranked.place,
    k desc,
    n,
    value nulls last
