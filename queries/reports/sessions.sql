-- /// sessiontrace
-- title = "Sessions"
-- summary = "One line per session: who, how long, how it ended, and on what."
-- section = "session_list"
-- columns = [
--   { name = "session_id", role = "group" },
--   { name = "session_source", role = "text", help = "declared, conversation or inferred" },
--   { name = "user_id", role = "text", help = "raw: mask before it is shown" },
--   { name = "type", role = "text" },
--   { name = "channel", role = "text" },
--   { name = "tier", role = "text" },
--   { name = "client_version", role = "text" },
--   { name = "locale", role = "text" },
--   { name = "service_name", role = "text" },
--   { name = "environment", role = "text" },
--   { name = "start_time", role = "text" },
--   { name = "wall_ms", role = "value", unit = "ms", help = "last end minus first start" },
--   { name = "active_ms", role = "value", unit = "ms", help = "turns and short gaps" },
--   { name = "sittings", role = "value" },
--   { name = "conversations", role = "value" },
--   { name = "turns", role = "value" },
--   { name = "agent_runs", role = "value" },
--   { name = "llm_calls", role = "value" },
--   { name = "tool_calls", role = "value" },
--   { name = "errors", role = "value" },
--   { name = "total_tokens", role = "value" },
--   { name = "cost_usd", role = "value", unit = "usd" },
--   { name = "satisfaction", role = "value" },
--   { name = "end_state", role = "text" },
--   { name = "end_reason", role = "text" },
--   { name = "is_dropped", role = "text", help = "NULL: no goal known" },
--   { name = "last_turn_index", role = "value" },
--   { name = "last_intent", role = "text" },
--   { name = "last_agent_action", role = "text" },
--   { name = "last_tool", role = "text" },
--   { name = "last_error", role = "text" },
--   { name = "last_wait_ms", role = "value", unit = "ms" },
--   { name = "last_stage", role = "text" },
-- ]
-- [parameters.max_rows]
-- type = "BIGINT"
-- help = "the first so many by start; all of them if absent"
-- ///
select
    session_id,
    session_source,
    user_id,
    type,
    channel,
    tier,
    client_version,
    locale,
    service_name,
    environment,
    start_time,
    sig12(wall_ms) as wall_ms,
    sig12(active_ms) as active_ms,
    sittings,
    conversations,
    turns,
    agent_runs,
    llm_calls,
    tool_calls,
    errors,
    total_tokens,
    sig12(cost_usd) as cost_usd,
    sig12(satisfaction) as satisfaction,
    end_state,
    end_reason,
    is_dropped,
    last_turn_index,
    last_intent,
    last_agent_action,
    last_tool,
    last_error,
    sig12(last_wait_ms) as last_wait_ms,
    last_stage,
from (
    select *, row_number() over (order by start_time nulls last, session_id) as place
    from selected_sessions
) as listed
where $max_rows::BIGINT is null or place <= $max_rows::BIGINT
order by place
