-- /// sessiontrace
-- title = "A session"
-- summary = "One session: who, how long, how much, how it ended and why."
-- section = "session"
-- columns = [
--   { name = "session_id", role = "group" },
--   { name = "session_source", role = "text", help = "declared, conversation or inferred" },
--   { name = "user_id", role = "text", help = "raw: mask before it is shown" },
--   { name = "user_id_class", role = "text", help = "shape of the id" },
--   { name = "user_sessions", role = "value", help = "sessions of the user in the export" },
--   { name = "user_first_seen", role = "text" },
--   { name = "user_last_seen", role = "text" },
--   { name = "user_active_days", role = "value" },
--   { name = "declared_user_sessions", role = "value", help = "user.sessions_total" },
--   { name = "declared_user_session_length", role = "value", help = "user.avg_session_length" },
--   { name = "declared_user_retention_days", role = "value", help = "user.retention_days" },
--   { name = "org_id", role = "text" },
--   { name = "tier", role = "text" },
--   { name = "type", role = "text" },
--   { name = "channel", role = "text" },
--   { name = "client_version", role = "text" },
--   { name = "locale", role = "text" },
--   { name = "service_name", role = "text" },
--   { name = "environment", role = "text" },
--   { name = "release", role = "text" },
--   { name = "start_time", role = "text" },
--   { name = "end_time", role = "text" },
--   { name = "wall_ms", role = "value", unit = "ms", help = "last end minus first start" },
--   { name = "active_ms", role = "value", unit = "ms", help = "turns and short gaps" },
--   { name = "sittings", role = "value" },
--   { name = "traces", role = "value" },
--   { name = "spans", role = "value" },
--   { name = "conversations", role = "value" },
--   { name = "turns", role = "value" },
--   { name = "failed_turns", role = "value" },
--   { name = "agent_runs", role = "value" },
--   { name = "llm_calls", role = "value" },
--   { name = "tool_calls", role = "value" },
--   { name = "tool_errors", role = "value" },
--   { name = "errors", role = "value", help = "failed spans of any kind" },
--   { name = "input_tokens", role = "value" },
--   { name = "output_tokens", role = "value" },
--   { name = "total_tokens", role = "value" },
--   { name = "cached_input_tokens", role = "value" },
--   { name = "reasoning_tokens", role = "value" },
--   { name = "cost_usd", role = "value", unit = "usd" },
--   { name = "calls_with_usage", role = "value", help = "what tokens and cost rest on" },
--   { name = "max_context_share", role = "value", unit = "share" },
--   { name = "satisfaction", role = "value" },
--   { name = "end_state", role = "text" },
--   { name = "end_why", role = "text", help = "what the end state rests on" },
--   { name = "end_reason", role = "text", help = "as declared" },
--   { name = "is_dropped", role = "text", help = "NULL: no goal known" },
--   { name = "last_turn_index", role = "value" },
--   { name = "last_intent", role = "text" },
--   { name = "last_agent_action", role = "text" },
--   { name = "last_tool", role = "text" },
--   { name = "last_error", role = "text" },
--   { name = "last_finish_reason", role = "text" },
--   { name = "last_wait_ms", role = "value", unit = "ms" },
--   { name = "last_context_share", role = "value", unit = "share" },
--   { name = "last_stage", role = "text" },
--   { name = "declared_inactive_timeout", role = "text" },
--   { name = "declared_dropoff", role = "text" },
-- ]
-- [parameters.session_id]
-- type = "VARCHAR"
-- help = "the session"
-- ///
select
    sessions.session_id,
    sessions.session_source,
    sessions.user_id,
    users.user_id_class,
    users.sessions as user_sessions,
    users.first_seen as user_first_seen,
    users.last_seen as user_last_seen,
    users.active_days as user_active_days,
    users.declared_sessions_total as declared_user_sessions,
    sig12(users.declared_avg_session_length) as declared_user_session_length,
    sig12(users.declared_retention_days) as declared_user_retention_days,
    sessions.org_id,
    sessions.tier,
    sessions.type,
    sessions.channel,
    sessions.client_version,
    sessions.locale,
    sessions.service_name,
    sessions.environment,
    sessions.release,
    sessions.start_time,
    sessions.end_time,
    sig12(sessions.wall_ms) as wall_ms,
    sig12(sessions.active_ms) as active_ms,
    sessions.sittings,
    sessions.traces,
    sessions.spans,
    sessions.conversations,
    sessions.turns,
    sessions.failed_turns,
    sessions.agent_runs,
    sessions.llm_calls,
    sessions.tool_calls,
    sessions.tool_errors,
    sessions.errors,
    sessions.input_tokens,
    sessions.output_tokens,
    sessions.total_tokens,
    sessions.cached_input_tokens,
    sessions.reasoning_tokens,
    sig12(sessions.cost_usd) as cost_usd,
    sessions.calls_with_usage,
    sig12(sessions.max_context_share) as max_context_share,
    sig12(sessions.satisfaction) as satisfaction,
    sessions.end_state,
    case
        when end_state = 'converted' and goal_turn_index is not null
            then concat('goal met in turn ', goal_turn_index)
        when end_state = 'converted' then 'goal met'
        when end_state = 'open' then 'the export ends before it was silent for long enough'
        when end_state = 'escalated' and end_class = 'escalated'
            then concat('end reason ', end_reason)
        when end_state = 'escalated'
            then concat('handed over: ', coalesce(last_agent_action, last_tool))
        when end_state = 'error' and end_class = 'error' then concat('end reason ', end_reason)
        when end_state = 'error' then 'the last turn failed'
        when end_state = 'timeout' and end_class = 'timeout' then concat('end reason ', end_reason)
        when end_state = 'timeout' and declared_inactive_timeout then 'inactivity, as declared'
        when end_state = 'timeout' then 'silent, without any sign of an end'
        when end_reason is not null then concat('end reason ', end_reason)
        when end_state = 'ended' then 'session.end without a reason'
    end as end_why,
    sessions.end_reason,
    sessions.is_dropped,
    sessions.last_turn_index,
    sessions.last_intent,
    sessions.last_agent_action,
    sessions.last_tool,
    sessions.last_error,
    sessions.last_finish_reason,
    sig12(sessions.last_wait_ms) as last_wait_ms,
    sig12(sessions.last_context_share) as last_context_share,
    sessions.last_stage,
    sessions.declared_inactive_timeout,
    sessions.declared_dropoff,
from sessions
left join users on users.user_id = sessions.user_id
where sessions.session_id = $session_id::VARCHAR
