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
--   { name = "share", role = "value", unit = "share", help = "k among all that ended" },
--   { name = "dropped", role = "value", help = "of k, those known to be dropped" },
--   { name = "rank", role = "value", help = "within the dimension, by excess; from n = 5 on" },
--   { name = "basis", role = "text", help = "what k counts: dropped, or settled end" },
--   { name = "few", role = "text", help = "true: n below 30" },
-- ]
-- [parameters.basis]
-- type = "VARCHAR"
-- default = "auto"
-- help = "dropped, settled end, or auto: dropped where half the outcomes are known"
-- ///
--
-- Two questions hide in "where do people drop off". The share answers "on what do most of them end",
-- and a common value wins it by being common. The rate answers "who meets this, leaves", and turn 23
-- wins it because the longest session had 23. Excess ranks by both: how many sessions ended here
-- beyond the rate of the other values of the dimension.
--
-- Open sessions are in neither count. Without a goal most outcomes are unknown: then every settled
-- end is ranked, `basis` says so, and `dropped` marks the ones that are known to be drop-offs.
-- A session that meets a value often counts once. Association only: slow answers and long questions
-- come together.
with

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
        coalesce(is_dropped, false) as is_known_dropped,
        case
            when $basis::VARCHAR in ('dropped', 'settled end') then $basis::VARCHAR
            when 2 * judged >= sessions then 'dropped'
            else 'settled end'
        end as basis,
    from settled
),

ends as (
    select *, basis = 'settled end' or is_known_dropped as is_counted
    from based
    where basis = 'settled end' or is_dropped is not null
),

walked as (
    select turns.*, ends.last_turn_index = turns.turn_index as is_last
    from turns
    join ends on ends.session_id = turns.session_id
),

failed_tools as (
    select turn_id, coalesce(tool_name, 'unnamed') as tool_name
    from tool_calls
    where is_error
    group by 1, 2
),

visits as (
    select 1 as place, 'turn' as dimension, session_id, cast(turn_index as varchar) as value,
        is_last
    from walked
    union all
    select 2, 'intent', session_id, intent, false from walked
    union all
    select 2, 'intent', session_id, last_intent, true from ends
    union all
    select 3, 'agent action', session_id, agent_action, false from walked
    union all
    select 3, 'agent action', session_id, last_agent_action, true from ends
    union all
    select 4, 'intent, then action', session_id, intent || ', then ' || agent_action, false
    from walked
    union all
    select 4, 'intent, then action', session_id,
        last_intent || ', then ' || last_agent_action, true
    from ends
    union all
    select 5, 'tool', walked.session_id,
        case
            when tool_calls.span_id is null then 'none'
            else coalesce(tool_calls.tool_name, 'unnamed')
        end,
        false
    from walked
    left join tool_calls on tool_calls.turn_id = walked.turn_id
    union all
    select 5, 'tool', session_id,
        case when last_turn_index is not null then coalesce(last_tool, 'none') end, true
    from ends
    union all
    select 6, 'failed tool', walked.session_id, coalesce(failed_tools.tool_name, 'none'), is_last
    from walked
    left join failed_tools on failed_tools.turn_id = walked.turn_id
    union all
    select 7, 'failed turn', session_id, case when is_error then 'yes' else 'no' end, is_last
    from walked
    union all
    select 8, 'finish reason', walked.session_id, llm_calls.finish_reason, false
    from walked
    left join llm_calls on llm_calls.turn_id = walked.turn_id
    union all
    select 8, 'finish reason', session_id, last_finish_reason, true from ends
    union all
    select 9, 'wait for the answer', session_id, wait_band(duration_ms), false from walked
    union all
    select 9, 'wait for the answer', session_id, wait_band(last_wait_ms), true from ends
    union all
    select 10, 'context share', session_id, context_band(context_share), is_last from walked
    union all
    select 11, 'journey stage', journey_stages.session_id, journey_stages.stage, false
    from journey_stages
    join ends on ends.session_id = journey_stages.session_id
    union all
    select 11, 'journey stage', session_id, last_stage, true from ends
),

points as (
    select
        visits.place,
        visits.dimension,
        visits.value,
        max(ends.basis) as basis,
        count(distinct visits.session_id) as n,
        count(distinct case when is_last and is_counted then visits.session_id end) as k,
        count(distinct case when is_last and is_known_dropped then visits.session_id end)
            as dropped,
    from visits
    join ends on ends.session_id = visits.session_id
    group by visits.place, visits.dimension, visits.value
),

compared as (
    select
        *,
        sum(case when value is not null then k end) over (partition by dimension) - k as rest_k,
        sum(case when value is not null then n end) over (partition by dimension) - n as rest_n,
    from points
),

measured as (
    select
        *,
        case when value is not null then rate(k, n) / nullif(rate(rest_k, rest_n), 0) end as lift,
        case when value is not null then k - n * rate(rest_k, rest_n) end as excess,
        value is not null and n >= 5 as is_ranked,
    from compared
),

ranked as (
    select
        *,
        row_number() over (
            partition by dimension, is_ranked
            order by excess desc nulls last, k desc, n, value nulls last
        ) as place_within,
    from measured
)

select
    dimension,
    value,
    k,
    n,
    case when value is not null then sig12(rate(k, n)) end as rate,
    case when value is not null then sig12(wilson_low(k, n)) end as low,
    case when value is not null then sig12(wilson_high(k, n)) end as high,
    sig12(lift) as lift,
    sig12(excess) as excess,
    sig12(rate(k, (select count(*) from ends where is_counted))) as share,
    dropped,
    case when is_ranked then place_within end as rank,
    basis,
    n < 30 as few,
from ranked
where k > 0
order by place, rank nulls last, k desc, n, value nulls last
