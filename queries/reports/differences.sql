-- /// sessiontrace
-- title = "Success against drop-off"
-- summary = "What dropped sessions have more often, or less often, than successful ones."
-- section = "differences"
-- columns = [
--   { name = "attribute", role = "group" },
--   { name = "value", role = "group" },
--   { name = "dropped_k", title = "dropped", role = "k", help = "dropped ones with the value" },
--   { name = "dropped_n", title = "of", role = "n", help = "dropped ones where it is known" },
--   { name = "succeeded_k", title = "succeeded", role = "value", help = "of those not dropped" },
--   { name = "succeeded_n", title = "of", role = "value" },
--   { name = "difference", role = "value", unit = "share", help = "dropped minus succeeded" },
--   { name = "low", role = "low", unit = "share", help = "of difference, 95 %, Newcombe" },
--   { name = "high", role = "high", unit = "share" },
--   { name = "dropped_share", role = "value", unit = "share" },
--   { name = "succeeded_share", role = "value", unit = "share" },
--   { name = "z", role = "value", help = "pooled two-proportion z" },
--   { name = "comparisons", role = "value", help = "how many were looked at" },
--   { name = "few", role = "text", help = "true: a group below 30 sessions" },
-- ]
-- ///
--
-- Sorted by the end of the interval that is nearer to zero: a difference of 0.30 that may be 0.02
-- comes after one of 0.15 that is at least 0.10. Values seen in fewer than five sessions, and
-- groups of fewer than five, are left out.
--
-- These are associations, and some by construction: without a goal a session is dropped because its
-- last turn failed. Longer sessions contain more of everything, so "any failed tool" leans towards
-- whichever group stays longer.
with

judged as (
    select
        *,
        coalesce(end_state = 'converted', false) as is_converted,
        percentile(last_wait_ms, 0.9) over () as slow_ms,
    from selected_sessions
    where not is_censored
        and coalesce(type, '') <> 'batch'
        and (is_dropped is not null or end_state = 'converted')
),

outcomes as (
    select *, is_dropped and not is_converted as is_lost from judged
),

failed_tools as (
    select session_id, coalesce(tool_name, 'unnamed') as tool_name
    from tool_calls
    where is_error and session_id is not null
    group by 1, 2
),

fullest as (
    select session_id, max(context_share) as context_share
    from turns
    where context_share is not null
    group by session_id
),

-- One row per session, attribute and value. Value NULL: looked at and not there, which counts in
-- the denominator only.
traits as (
    select session_id, 'any error' as attribute, case when errors > 0 then 'yes' end as value
    from outcomes
    where errors is not null
    union all
    select session_id, 'any failed tool',
        case when session_id in (select session_id from failed_tools) then 'yes' end
    from outcomes
    union all
    select outcomes.session_id, 'failed tool', failed_tools.tool_name
    from outcomes
    left join failed_tools on failed_tools.session_id = outcomes.session_id
    union all
    select session_id, 'last answer slower than in 90 % of sessions',
        case when last_wait_ms > slow_ms then 'yes' end
    from outcomes
    where last_wait_ms is not null
    union all
    select session_id, 'wait for the last answer', wait_band(last_wait_ms)
    from outcomes
    where last_wait_ms is not null
    union all
    select outcomes.session_id, 'context share above 0.8',
        case when is_context_full(fullest.context_share) then 'yes' end
    from outcomes
    join fullest on fullest.session_id = outcomes.session_id
    union all
    select session_id, 'channel', channel from outcomes where channel is not null
    union all
    select session_id, 'tier', tier from outcomes where tier is not null
    union all
    select session_id, 'client version', client_version from outcomes
    where client_version is not null
    union all
    select session_id, 'locale', locale from outcomes where locale is not null
    union all
    select session_id, 'organisation', org_id from outcomes where org_id is not null
    union all
    select session_id, 'service', service_name from outcomes where service_name is not null
    union all
    select session_id, 'environment', environment from outcomes where environment is not null
),

sizes as (
    select
        traits.attribute,
        count(distinct case when is_lost then traits.session_id end) as n2,
        count(distinct case when not is_lost then traits.session_id end) as n1,
    from traits
    join outcomes on outcomes.session_id = traits.session_id
    group by traits.attribute
),

counts as (
    select
        traits.attribute,
        traits.value,
        count(distinct case when is_lost then traits.session_id end) as k2,
        count(distinct case when not is_lost then traits.session_id end) as k1,
    from traits
    join outcomes on outcomes.session_id = traits.session_id
    where traits.value is not null
    group by traits.attribute, traits.value
),

-- A value that every session has, such as the only service, compares nothing. Where an attribute
-- has two values, one comparison mirrors the other: the one with more among the dropped stays.
placed as (
    select
        counts.*,
        sizes.n1,
        sizes.n2,
        count(*) over (partition by counts.attribute) = 2
            and sum(k1) over (partition by counts.attribute) = n1
            and sum(k2) over (partition by counts.attribute) = n2 as is_mirrored,
        row_number() over (
            partition by counts.attribute
            order by rate_difference(k2, n2, k1, n1) desc nulls last, counts.value
        ) as place,
    from counts
    join sizes on sizes.attribute = counts.attribute
),

compared as (
    select
        *,
        newcombe_low(k2, n2, k1, n1) as low,
        newcombe_high(k2, n2, k1, n1) as high,
    from placed
    where n1 >= 5
        and n2 >= 5
        and k1 + k2 >= 5
        and k1 + k2 < n1 + n2
        and (place = 1 or not is_mirrored)
)

select
    attribute,
    value,
    k2 as dropped_k,
    n2 as dropped_n,
    k1 as succeeded_k,
    n1 as succeeded_n,
    sig12(rate_difference(k2, n2, k1, n1)) as difference,
    sig12(low) as low,
    sig12(high) as high,
    sig12(rate(k2, n2)) as dropped_share,
    sig12(rate(k1, n1)) as succeeded_share,
    sig12(two_proportion_z(k2, n2, k1, n1)) as z,
    count(*) over () as comparisons,
    least(n1, n2) < 30 as few,
from compared
order by
    case when low > 0 then low when high < 0 then -high else 0 end desc,
    abs(rate_difference(k2, n2, k1, n1)) desc,
    attribute,
    value
