-- /// sessiontrace
-- title = "Journeys"
-- summary = "Each journey as a funnel by stage, then its conversions."
-- section = "journeys"
-- columns = [
--   { name = "journey", role = "group" },
--   { name = "stage_number", role = "group", help = "as declared, else by time" },
--   { name = "stage", role = "group" },
--   { name = "k", role = "k", help = "sessions here, after every stage before, in order" },
--   { name = "n", role = "n", help = "sessions at the first stage" },
--   { name = "rate", role = "value", unit = "share", help = "k / n" },
--   { name = "low", role = "low", unit = "share", help = "of rate, 95 %, Wilson" },
--   { name = "high", role = "high", unit = "share" },
--   { name = "p50_ms", role = "value", unit = "ms", help = "time since the stage before" },
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

entries as (
    select
        journey_stages.session_id,
        journey_stages.journey,
        journey_stages.stage,
        journey_stages.stage_number,
        journey_stages.total_stages,
        journey_stages.is_converted,
        unix_ns(journey_stages.reached_at) as reached_ns,
        unix_ns(journey_stages.reached_at) - min(unix_ns(journey_stages.reached_at))
            over (partition by journey_stages.session_id, journey_stages.journey) as since_entry,
        selected_sessions.is_censored,
    from journey_stages
    join selected_sessions on selected_sessions.session_id = journey_stages.session_id
    where coalesce(selected_sessions.type, '') <> 'batch'
        and ($journey::VARCHAR is null or journey_stages.journey = $journey::VARCHAR)
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
        ordered.warning,
        coalesce(ordered.declared, ordered.position) as shown_number,
        lag(ordered.position) over (
            partition by entries.session_id, entries.journey order by ordered.position
        ) as position_before,
        lag(entries.reached_ns) over (
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
                when position_before = position - 1 and ns_before <= reached_ns then 1
                else 0
            end
        ) over (
            partition by session_id, journey order by position
            rows between unbounded preceding and current row
        ) as in_order,
    from steps
),

converted_at as (
    select session_id, name as journey, min(unix_ns(time)) as converted_ns
    from events
    where kind = 'conversion'
    group by session_id, name
),

-- One row per session and journey: how far it got, and whether it converted after that.
depths as (
    select
        walk.session_id,
        walk.journey,
        max(case when in_order = 1 then position end) as depth,
        max(case when in_order = 1 then reached_ns end) as deepest_ns,
        max(last_position) as last_position,
        max(warning) as warning,
        max(case when is_converted then 1 else 0 end) as is_converted,
        max(case when is_converted is not null then 1 else 0 end) as says_conversion,
        max(case when is_censored then 1 else 0 end) as is_censored,
        max(converted_at.converted_ns) as converted_ns,
    from walk
    left join converted_at
        on converted_at.session_id = walk.session_id and converted_at.journey = walk.journey
    group by walk.session_id, walk.journey
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
        max(says_conversion) over (partition by journey) as has_conversions,
    from depths
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
        min(warning) as warning,
        count(*) filter (where in_order = 1) as k,
        count(*) filter (where in_order = 0) as skipped,
        percentile(case when in_order = 1 then reached_ns - ns_before end, 0.5) as p50,
        percentile(case when in_order = 1 then reached_ns - ns_before end, 0.9) as p90,
    from walk
    group by journey, position
    union all
    select
        journey,
        max(last_position) + 1,
        null,
        'converted',
        min(warning),
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
    framed.warning,
from framed
left join left_at on left_at.journey = framed.journey and left_at.position = framed.position
order by framed.journey, framed.position
