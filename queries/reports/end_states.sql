-- /// sessiontrace
-- title = "End states"
-- summary = "How sessions end, and what share of them is dropped."
-- section = "end_states"
-- columns = [
--   { name = "origin", role = "group", help = "declared: the id is in the export; or inferred" },
--   { name = "measure", role = "group" },
--   { name = "state", role = "group" },
--   { name = "k", role = "k" },
--   { name = "n", role = "n", help = "settled sessions; open: all; dropped: outcome known" },
--   { name = "share", role = "value", unit = "share", help = "k / n" },
--   { name = "low", role = "low", unit = "share", help = "of share, 95 %, Wilson" },
--   { name = "high", role = "high", unit = "share" },
--   { name = "note", role = "text" },
-- ]
-- ///
--
-- An open session may still do anything: it is censored, in no share but its own. Counting it as
-- dropped is the commonest error of funnels built on live data. Whether an ended session was
-- dropped takes a goal or a declared outcome; where there is none, the session is counted as
-- "no goal known" and stays out of the denominator.
with

origin_sessions as (
    select
        *,
        case when session_source = 'inferred' then 'inferred' else 'declared' end as origin,
    from selected_sessions
    where coalesce(type, '') <> 'batch'
),

origins as (
    select origin from origin_sessions group by origin
    union
    select 'declared' where not exists (select 1 from origin_sessions)
),

states as (
    select * from (values
        (1, 'converted'), (2, 'escalated'), (3, 'error'), (4, 'ended'), (5, 'timeout')
    ) as named(place, state)
),

totals as (
    select
        origins.origin,
        count(session_id) as sessions,
        count(session_id) filter (where is_censored) as open_sessions,
        count(session_id) filter (where not is_censored) as settled,
        count(session_id) filter (where not is_censored and is_dropped is not null) as judged,
        count(session_id) filter (where not is_censored and is_dropped) as dropped,
        count(end_reason) as with_reason,
    from origins
    left join origin_sessions on origin_sessions.origin = origins.origin
    group by origins.origin
),

state_counts as (
    select origin, end_state, count(*) as k
    from origin_sessions
    where not is_censored
    group by origin, end_state
),

reason_counts as (
    select origin, end_reason, min(end_class) as end_class, count(*) as k
    from origin_sessions
    where end_reason is not null
    group by origin, end_reason
),

shown as (
    select totals.origin, states.place, 'end state' as measure, states.state as state,
        coalesce(state_counts.k, 0) as k, totals.settled as n, cast(null as varchar) as note
    from totals
    cross join states
    left join state_counts
        on state_counts.origin = totals.origin and state_counts.end_state = states.state
    union all
    select origin, 11, 'censored', 'open', open_sessions, sessions, null from totals
    union all
    select origin, 21, 'drop-off', 'dropped', dropped, judged, null from totals
    union all
    select origin, 22, 'drop-off', 'no goal known', settled - judged, settled,
        case when settled > judged then 'set --goal to judge them' end
    from totals
    union all
    select reason_counts.origin, 31, 'end reason', reason_counts.end_reason, reason_counts.k,
        totals.with_reason,
        case when reason_counts.end_class is null then 'not in the list of end reasons: ended' end
    from reason_counts
    join totals on totals.origin = reason_counts.origin
)

select
    origin,
    measure,
    state,
    k,
    n,
    sig12(rate(k, n)) as share,
    sig12(wilson_low(k, n)) as low,
    sig12(wilson_high(k, n)) as high,
    note,
from shown
order by origin, place, k desc, state
