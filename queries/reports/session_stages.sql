-- /// sessiontrace
-- title = "Journeys of a session"
-- summary = "The stages of journeys that one session reached."
-- section = "session"
-- columns = [
--   { name = "journey", role = "group" },
--   { name = "stage_number", role = "group" },
--   { name = "stage", role = "group" },
--   { name = "total_stages", role = "value" },
--   { name = "reached_at", role = "text" },
--   { name = "turn_index", role = "value" },
--   { name = "time_in_stage_ms", role = "value", unit = "ms", help = "as declared" },
--   { name = "is_converted", role = "text", help = "the session converted in this journey" },
--   { name = "converted_turn_index", role = "value", help = "turn in which it converted" },
--   { name = "declared_conversion_turn", role = "value" },
--   { name = "declared_conversion_time_ms", role = "value", unit = "ms" },
-- ]
-- [parameters.session_id]
-- type = "VARCHAR"
-- help = "the session"
-- ///
select
    journey,
    stage_number,
    stage,
    total_stages,
    reached_at,
    turn_index,
    sig12(time_in_stage_ms) as time_in_stage_ms,
    is_converted,
    converted_turn_index,
    declared_conversion_turn,
    sig12(declared_conversion_time_ms) as declared_conversion_time_ms,
from journey_stages
where session_id = $session_id::VARCHAR
order by journey, reached_unix_ns nulls last, stage_number nulls last, stage
