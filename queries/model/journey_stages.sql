-- /// sessiontrace
-- title = "Journey stages"
-- summary = "The stages of declared journeys that each session reached."
-- grain = "one stage reached in a session"
-- key = ["session_id", "journey", "stage"]
-- columns = [
--   { name = "session_id", help = "session that reached the stage" },
--   { name = "journey", help = "journey.name, else journey" },
--   { name = "stage", help = "journey.stage; converted for a conversion without a stage" },
--   { name = "user_id", help = "user at the first span in the stage" },
--   { name = "stage_number", help = "first journey.stage_number" },
--   { name = "total_stages", help = "largest journey.total_stages" },
--   { name = "reached_at", help = "first span in the stage, UTC" },
--   { name = "reached_unix_ns", help = "first span in the stage, since 1970" },
--   { name = "turn_index", help = "turn that reached the stage" },
--   { name = "time_in_stage_ms", help = "largest journey.time_in_stage_ms" },
--   { name = "is_converted", help = "the session converted in this journey" },
--   { name = "converted_unix_ns", help = "first span with journey.converted, since 1970" },
--   { name = "converted_turn_index", help = "turn of the conversion" },
--   { name = "declared_conversion_turn", help = "first journey.conversion_turn" },
--   { name = "declared_conversion_time_ms", help = "first journey.conversion_time_ms" },
--   { name = "rank", help = "place of its first span in the total order" },
-- ]
-- ///
with observed as (
    select
        context.session_id,
        coalesce(declared.journey_name, 'journey') as journey,
        declared.journey_stage as stage,
        declared.journey_stage_number as stage_number,
        declared.journey_total_stages as total_stages,
        declared.journey_time_in_stage_ms as time_in_stage_ms,
        coalesce(declared.journey_converted, false) as is_converted,
        declared.journey_conversion_turn as conversion_turn,
        declared.journey_conversion_time_ms as conversion_time_ms,
        context.user_id,
        context.start_unix_ns,
        context.rank,
        turns.turn_index
    from resolved_declared as declared
    inner join span_context as context on declared.span_ord = context.span_ord
    left join turn_keys on context.anchor_ord = turn_keys.anchor_ord
    left join turns on turn_keys.turn_ord = turns.turn_ord
    where
        context.session_id is not null
        and (
            declared.journey_stage is not null
            or declared.journey_name is not null
            or declared.journey_converted is not null
        )
),

conversions as (
    select
        session_id,
        journey,
        bool_or(is_converted) as is_converted,
        min(start_unix_ns) filter (where is_converted) as converted_unix_ns,
        arg_min(turn_index, case when is_converted then rank end) as converted_turn_index,
        arg_min(conversion_turn, rank) as declared_conversion_turn,
        arg_min(conversion_time_ms, rank) as declared_conversion_time_ms
    from observed
    group by session_id, journey
)

select
    observed.session_id,
    observed.journey,
    coalesce(observed.stage, 'converted') as stage,
    arg_min(observed.user_id, observed.rank) as user_id,
    arg_min(observed.stage_number, observed.rank) as stage_number,
    max(observed.total_stages) as total_stages,
    unix_ns_time(min(observed.start_unix_ns)) as reached_at,
    min(observed.start_unix_ns) as reached_unix_ns,
    min(observed.turn_index) as turn_index,
    max(observed.time_in_stage_ms) as time_in_stage_ms,
    any_value(conversions.is_converted) as is_converted,
    any_value(conversions.converted_unix_ns) as converted_unix_ns,
    any_value(conversions.converted_turn_index) as converted_turn_index,
    any_value(conversions.declared_conversion_turn) as declared_conversion_turn,
    any_value(conversions.declared_conversion_time_ms) as declared_conversion_time_ms,
    min(observed.rank) as rank
from observed
inner join conversions
    on
        observed.session_id = conversions.session_id
        and observed.journey = conversions.journey
where observed.stage is not null or observed.is_converted
group by observed.session_id, observed.journey, coalesce(observed.stage, 'converted')
