-- /// sessiontrace
-- title = "Scores of a session"
-- summary = "Evaluations of one session, its turns and its spans."
-- section = "session"
-- columns = [
--   { name = "name", role = "group" },
--   { name = "score", role = "value" },
--   { name = "label", role = "text" },
--   { name = "source", role = "text", help = "event, log or attribute it was read from" },
--   { name = "turn_index", role = "value" },
--   { name = "trace_id", role = "text" },
--   { name = "span_id", role = "text" },
-- ]
-- [parameters.session_id]
-- type = "VARCHAR"
-- help = "the session"
-- ///
select
    name,
    sig12(score) as score,
    label,
    source,
    turn_index,
    trace_id,
    span_id,
from evaluations
where session_id = $session_id::VARCHAR
order by turn_index nulls last, trace_id, span_id, name, source, score nulls last, label
