-- /// sessiontrace
-- title = "Sessions by attribute"
-- summary = "Length and end states for each value of one attribute."
-- section = "by"
-- columns = [
--   { name = "name", role = "group", help = "the attribute" },
--   { name = "value", role = "group", help = "NULL: not set" },
--   { name = "sessions", role = "value" },
--   { name = "turns_p50", role = "value" },
--   { name = "turns_p90", role = "value" },
--   { name = "wall_p50_ms", role = "value", unit = "ms" },
--   { name = "active_p50_ms", role = "value", unit = "ms" },
--   { name = "tokens_p50", role = "value" },
--   { name = "cost_p50_usd", role = "value", unit = "usd" },
--   { name = "converted", role = "value", help = "sessions in this end state" },
--   { name = "escalated", role = "value" },
--   { name = "error", role = "value" },
--   { name = "ended", role = "value" },
--   { name = "timeout", role = "value" },
--   { name = "still_open", role = "value" },
--   { name = "no_goal_known", role = "value", help = "settled, but nobody can say if dropped" },
--   { name = "dropped_k", role = "k" },
--   { name = "judged_n", role = "n", help = "settled sessions whose outcome is known" },
--   { name = "dropped_share", role = "value", unit = "share" },
--   { name = "low", role = "low", unit = "share", help = "of dropped_share, 95 %, Wilson" },
--   { name = "high", role = "high", unit = "share" },
--   { name = "few", role = "text", help = "true: fewer than 30 outcomes known" },
-- ]
-- [parameters.by]
-- type = "VARCHAR"
-- default = "channel"
-- help = "an attribute of sessions: channel, tier, client_version, locale"
-- ///
with

valued as (
    select selected_sessions.*, groups.value
    from selected_sessions
    left join groups
        on groups.session_id = selected_sessions.session_id and groups.name = $by::VARCHAR
    where coalesce(selected_sessions.type, '') <> 'batch'
),

counted as (
    select
        value,
        count(*) as sessions,
        percentile(turns, 0.5) as turns_p50,
        percentile(turns, 0.9) as turns_p90,
        percentile(wall_ms, 0.5) as wall_p50_ms,
        percentile(active_ms, 0.5) as active_p50_ms,
        percentile(total_tokens, 0.5) as tokens_p50,
        percentile(cost_usd, 0.5) as cost_p50_usd,
        count(*) filter (where end_state = 'converted') as converted,
        count(*) filter (where end_state = 'escalated') as escalated,
        count(*) filter (where end_state = 'error') as error,
        count(*) filter (where end_state = 'ended') as ended,
        count(*) filter (where end_state = 'timeout') as timeout,
        count(*) filter (where is_censored) as still_open,
        count(*) filter (where not is_censored and is_dropped is null) as no_goal_known,
        count(*) filter (where not is_censored and is_dropped) as dropped_k,
        count(*) filter (where not is_censored and is_dropped is not null) as judged_n,
    from valued
    group by value
)

select
    $by::VARCHAR as name,
    value,
    sessions,
    sig12(turns_p50) as turns_p50,
    sig12(turns_p90) as turns_p90,
    sig12(wall_p50_ms) as wall_p50_ms,
    sig12(active_p50_ms) as active_p50_ms,
    sig12(tokens_p50) as tokens_p50,
    sig12(cost_p50_usd) as cost_p50_usd,
    converted,
    escalated,
    error,
    ended,
    timeout,
    still_open,
    no_goal_known,
    dropped_k,
    judged_n,
    sig12(rate(dropped_k, judged_n)) as dropped_share,
    sig12(wilson_low(dropped_k, judged_n)) as low,
    sig12(wilson_high(dropped_k, judged_n)) as high,
    judged_n < 30 as few,
from counted
order by sessions desc, value nulls last
