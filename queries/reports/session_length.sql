-- /// sessiontrace
-- title = "Session length"
-- summary = "How long sessions are: turns, time, calls, tokens and cost."
-- section = "sessions"
-- columns = [
--   { name = "origin", role = "group", help = "declared: the id is in the export; or inferred" },
--   { name = "measure", role = "group" },
--   { name = "k", role = "k", help = "sessions that have the property; only for counts" },
--   { name = "n", role = "n", help = "sessions where the measure is known" },
--   { name = "p50", role = "value" },
--   { name = "p90", role = "value" },
--   { name = "p99", role = "value" },
--   { name = "max", role = "value" },
--   { name = "mean", role = "value", help = "read it beside the median" },
--   { name = "total", role = "value", help = "sum over the sessions where it is known" },
--   { name = "share", role = "value", unit = "share", help = "k / n" },
--   { name = "low", role = "low", unit = "share", help = "of share, 95 %, Wilson" },
--   { name = "high", role = "high", unit = "share" },
--   { name = "unit", role = "unit" },
-- ]
-- ///
--
-- Sessions of type batch have no length: nobody waits in them. They are only counted.
-- Wall time counts a lunch break, active time does not: turns, and gaps no longer than --idle.
-- Inferred sessions end by construction where the gap begins, so they stand apart.
with

measures as (
    select * from (values
        (1, 'turns', 'turns'), (2, 'wall time', 'ms'), (3, 'active time', 'ms'),
        (4, 'sittings', 'sittings'), (5, 'conversations', 'conversations'),
        (6, 'agent runs', 'runs'), (7, 'model calls', 'calls'), (8, 'tool calls', 'calls'),
        (9, 'input tokens', 'tokens'), (10, 'output tokens', 'tokens'),
        (11, 'total tokens', 'tokens'), (12, 'cost', 'usd')
    ) as named(place, measure, unit)
),

origin_sessions as (
    select
        *,
        case when session_source = 'inferred' then 'inferred' else 'declared' end as origin,
        coalesce(type, '') = 'batch' as is_batch,
    from selected_sessions
),

-- A left join, so that an empty store still says "0 sessions" and names every measure.
lengths as (
    select
        coalesce(origin_sessions.origin, 'declared') as origin,
        measures.place,
        measures.measure,
        measures.unit,
        case measures.place
            when 1 then exact(origin_sessions.turns)
            when 2 then exact(origin_sessions.wall_ms)
            when 3 then exact(origin_sessions.active_ms)
            when 4 then exact(origin_sessions.sittings)
            when 5 then exact(origin_sessions.conversations)
            when 6 then exact(origin_sessions.agent_runs)
            when 7 then exact(origin_sessions.llm_calls)
            when 8 then exact(origin_sessions.tool_calls)
            when 9 then exact(origin_sessions.input_tokens)
            when 10 then exact(origin_sessions.output_tokens)
            when 11 then exact(origin_sessions.total_tokens)
            when 12 then exact(origin_sessions.cost_usd)
        end as length,
    from measures
    left join origin_sessions on not origin_sessions.is_batch
),

spread as (
    select
        origin,
        place,
        measure,
        unit,
        known(length) as n,
        percentile(length, 0.5) as p50,
        percentile(length, 0.9) as p90,
        percentile(length, 0.99) as p99,
        cast(max(length) as double) as longest,
        mean_value(length) as mean,
        total(length) as total,
    from lengths
    group by origin, place, measure, unit
),

origins as (
    select origin from spread group by origin
),

counts as (
    select
        origins.origin,
        count(session_id) as sessions,
        count(session_id) filter (where not is_batch) as interactive,
        count(user_id) filter (where not is_batch) as with_user,
        count(distinct case when not is_batch then user_id end) as users,
        count(session_id) filter (where not is_batch and turns = 1) as one_turn,
    from origins
    left join origin_sessions on origin_sessions.origin = origins.origin
    group by origins.origin
),

shown as (
    select origin, -3 as place, 'sessions' as measure, interactive as k, sessions as n,
        cast(null as double) as p50, cast(null as double) as p90, cast(null as double) as p99,
        cast(null as double) as longest, cast(null as double) as mean,
        cast(interactive as double) as total, 'sessions' as unit
    from counts
    union all
    select origin, -2, 'users', with_user, interactive, null, null, null, null, null,
        cast(users as double), 'users'
    from counts
    union all
    select origin, -1, 'one-turn sessions', one_turn, interactive, null, null, null, null, null,
        null, 'sessions'
    from counts
    union all
    select origin, place, measure, null, n, p50, p90, p99, longest, mean, total, unit
    from spread
)

select
    origin,
    measure,
    k,
    n,
    sig12(p50) as p50,
    sig12(p90) as p90,
    sig12(p99) as p99,
    sig12(longest) as "max",
    sig12(mean) as mean,
    sig12(total) as total,
    sig12(rate(k, n)) as share,
    sig12(wilson_low(k, n)) as low,
    sig12(wilson_high(k, n)) as high,
    unit,
from shown
order by origin, place
