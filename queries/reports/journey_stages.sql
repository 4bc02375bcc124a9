-- /// sessiontrace
-- title = "Journeys"
-- summary = "Each journey as a funnel by stage, then its conversions."
-- section = "journeys"
-- columns = [
--   { name = "journey", role = "group" },
--   { name = "stage_number", title = "no.", role = "group", help = "as declared, else by time" },
--   { name = "stage", role = "group" },
--   { name = "k", role = "k", help = "sessions here, after every stage before, in order" },
--   { name = "n", role = "n", help = "sessions at the first stage" },
--   { name = "rate", role = "value", unit = "share", help = "k / n" },
--   { name = "low", role = "low", unit = "share", help = "of rate, 95 %, Wilson" },
--   { name = "high", role = "high", unit = "share" },
--   { name = "p50_ms", title = "median", role = "value", unit = "ms", help = "from stage before" },
--   { name = "dropped", role = "value", help = "settled sessions that got here and no further" },
--   { name = "still_open", role = "value", help = "open sessions that got here so far" },
--   { name = "skipped", role = "value", help = "sessions here that missed a stage before" },
--   { name = "step_n", role = "value", help = "sessions at the stage before" },
--   { name = "step_rate", role = "value", unit = "share", help = "k / step_n" },
--   { name = "step_low", role = "value", unit = "share", help = "of step_rate, 95 %, Wilson" },
--   { name = "step_high", role = "value", unit = "share" },
--   { name = "p90_ms", role = "value", unit = "ms" },
--   { name = "warning", role = "text" },
-- ]
-- [parameters.journey]
-- type = "VARCHAR"
-- help = "one journey; all of them if absent"
-- ///
--
-- Stage k counts only after stage k-1, by first entries, equal times in stage order: a funnel that
-- also counts sessions which came in at stage 3 can rise from stage to stage, and then no step rate
-- means anything. Who missed a stage is in `skipped`. A conversion counts after the last stage, in
-- a row without a number. Who converted is not dropped, whichever stages were skipped.
with

seen as (
    select
        journey_stages.*,
        selected_sessions.is_censored,
        -- A conversion that names no stage.
        journey_stages.stage = 'converted' and journey_stages.stage_number is null
            as is_conversion,
    from journey_stages
    join selected_sessions on selected_sessions.session_id = journey_stages.session_id
    where coalesce(selected_sessions.type, '') <> 'batch'
        and ($journey::VARCHAR is null or journey_stages.journey = $journey::VARCHAR)
),

entries as (
    select
        *,
        reached_unix_ns - min(reached_unix_ns) over (partition by session_id, journey)
            as since_entry,
    from seen
    where not is_conversion
),

stages as (
    select
        journey,
        stage,
        min(stage_number) as lowest,
        max(stage_number) as highest,
        count(*) - count(stage_number) as unnumbered,
        percentile(since_entry, 0.5) as typical,
        max(total_stages) as total_stages,
    from entries
    group by journey, stage
),

journeys as (
    select
        journey,
        count(*) as stages,
        sum(unnumbered) > 0 as is_unnumbered,
        count(distinct lowest) < count(*) or max(highest - lowest) > 0 as is_conflicting,
        max(total_stages) as total_stages,
    from stages
    group by journey
),

ordered as (
    select
        stages.journey,
        stages.stage,
        journeys.stages as last_position,
        case when not is_unnumbered and not is_conflicting then stages.lowest end as declared,
        row_number() over (
            partition by stages.journey
            order by
                case when not is_unnumbered and not is_conflicting then stages.lowest end,
                stages.typical,
                stages.stage
        ) as position,
        case
            when is_unnumbered then 'stage numbers missing: ordered by median first time'
            when is_conflicting then 'stage numbers conflict: ordered by median first time'
            when journeys.total_stages > journeys.stages
                then concat(journeys.stages, ' of ', journeys.total_stages, ' stages seen')
        end as warning,
    from stages
    join journeys on journeys.journey = stages.journey
),

steps as (
    select
        entries.*,
        ordered.position,
        ordered.last_position,
        coalesce(ordered.declared, ordered.position) as shown_number,
        lag(ordered.position) over (
            partition by entries.session_id, entries.journey order by ordered.position
        ) as position_before,
        lag(entries.reached_unix_ns) over (
            partition by entries.session_id, entries.journey order by ordered.position
        ) as ns_before,
    from entries
    join ordered on ordered.journey = entries.journey and ordered.stage = entries.stage
),

walk as (
    select
        *,
        min(
            case
                when position = 1 then 1
                when position_before = position - 1 and ns_before <= reached_unix_ns then 1
                else 0
            end
        ) over (
            partition by session_id, journey order by position
            rows between unbounded preceding and current row
        ) as in_order,
    from steps
),

depths as (
    select
        session_id,
        journey,
        max(position) as depth,
        max(reached_unix_ns) as deepest_ns,
        max(last_position) as last_position,
    from walk
    where in_order = 1
    group by session_id, journey
),

-- One row per session and journey: how far it got in order, and whether it converted after that.
outcomes as (
    select
        seen.session_id,
        seen.journey,
        max(depths.depth) as depth,
        max(depths.last_position) as last_position,
        max(depths.deepest_ns) as deepest_ns,
        max(case when seen.is_censored then 1 else 0 end) as is_censored,
        max(case when seen.is_converted then 1 else 0 end) as is_converted,
        min(seen.converted_unix_ns) as converted_ns,
    from seen
    left join depths
        on depths.session_id = seen.session_id and depths.journey = seen.journey
    group by seen.session_id, seen.journey
),

finishes as (
    select
        *,
        case
            when is_converted = 1 and depth = last_position
                and coalesce(converted_ns >= deepest_ns, true)
                then 1
            else 0
        end as in_order,
        max(is_converted) over (partition by journey) as has_conversions,
    from outcomes
),

left_at as (
    select
        journey,
        depth as position,
        count(*) filter (where is_converted = 0 and is_censored = 0) as dropped,
        count(*) filter (where is_converted = 0 and is_censored = 1) as still_open,
    from finishes
    where depth < last_position or has_conversions = 1
    group by journey, depth
),

stage_rows as (
    select
        journey,
        position,
        min(shown_number) as stage_number,
        min(stage) as stage,
        count(*) filter (where in_order = 1) as k,
        count(*) filter (where in_order = 0) as skipped,
        percentile(case when in_order = 1 then reached_unix_ns - ns_before end, 0.5) as p50,
        percentile(case when in_order = 1 then reached_unix_ns - ns_before end, 0.9) as p90,
    from walk
    group by journey, position
    union all
    select
        journey,
        coalesce(max(last_position), 0) + 1,
        null,
        'converted',
        count(*) filter (where in_order = 1),
        count(*) filter (where is_converted = 1 and in_order = 0),
        percentile(case when in_order = 1 then converted_ns - deepest_ns end, 0.5),
        percentile(case when in_order = 1 then converted_ns - deepest_ns end, 0.9)
    from finishes
    where has_conversions = 1
    group by journey
),

framed as (
    select
        *,
        first_value(k) over (partition by journey order by position) as n,
        lag(k) over (partition by journey order by position) as step_n,
        max(position) over (partition by journey) as final_position,
    from stage_rows
),

warnings as (
    select journey, min(warning) as warning from ordered group by journey
)

select
    framed.journey,
    framed.stage_number,
    framed.stage,
    framed.k,
    framed.n,
    sig12(rate(framed.k, framed.n)) as rate,
    sig12(wilson_low(framed.k, framed.n)) as low,
    sig12(wilson_high(framed.k, framed.n)) as high,
    sig12(framed.p50 / 1e6) as p50_ms,
    case when framed.position < framed.final_position then coalesce(left_at.dropped, 0) end
        as dropped,
    case when framed.position < framed.final_position then coalesce(left_at.still_open, 0) end
        as still_open,
    framed.skipped,
    framed.step_n,
    sig12(rate(framed.k, framed.step_n)) as step_rate,
    sig12(wilson_low(framed.k, framed.step_n)) as step_low,
    sig12(wilson_high(framed.k, framed.step_n)) as step_high,
    sig12(framed.p90 / 1e6) as p90_ms,
    warnings.warning,
from framed
left join warnings on warnings.journey = framed.journey
left join left_at on left_at.journey = framed.journey and left_at.position = framed.position
order by framed.journey, framed.position
