-- /// sessiontrace
-- title = "Turns of a session"
-- summary = "One session, turn by turn."
-- section = "session"
-- columns = [
--   { name = "turn_index", role = "group", help = "1, 2, 3 by time within the session" },
--   { name = "turn_number", role = "text", help = "as the export counts, from 1" },
--   { name = "conversation_id", role = "text" },
--   { name = "turn_id", role = "text" },
--   { name = "trace_id", role = "text" },
--   { name = "start_time", role = "text" },
--   { name = "gap_ms", role = "value", unit = "ms", help = "since the turn before ended" },
--   { name = "duration_ms", role = "value", unit = "ms" },
--   { name = "intent", role = "text" },
--   { name = "agent_action", role = "text" },
--   { name = "input_type", role = "text" },
--   { name = "output_type", role = "text" },
--   { name = "input_length", role = "value" },
--   { name = "output_length", role = "value" },
--   { name = "has_attachments", role = "text" },
--   { name = "agent_runs", role = "value" },
--   { name = "llm_calls", role = "value" },
--   { name = "tool_calls", role = "value" },
--   { name = "input_tokens", role = "value" },
--   { name = "output_tokens", role = "value" },
--   { name = "cost_usd", role = "value", unit = "usd" },
--   { name = "context_tokens", role = "value" },
--   { name = "context_share", role = "value", unit = "share" },
--   { name = "is_error", role = "text" },
-- ]
-- [parameters.session_id]
-- type = "VARCHAR"
-- help = "the session"
-- ///
--
-- A negative gap is a turn that began before the one before it had ended: an interruption.
select
    turn_index,
    turn_number,
    conversation_id,
    turn_id,
    trace_id,
    start_time,
    sig12((start_unix_ns - lag(end_unix_ns) over (order by turn_index)) / 1e6) as gap_ms,
    sig12(duration_ms) as duration_ms,
    intent,
    agent_action,
    input_type,
    output_type,
    input_length,
    output_length,
    has_attachments,
    agent_runs,
    llm_calls,
    tool_calls,
    input_tokens,
    output_tokens,
    sig12(cost_usd) as cost_usd,
    context_tokens,
    sig12(context_share) as context_share,
    is_error,
from turns
where session_id = $session_id::VARCHAR
order by turn_index
