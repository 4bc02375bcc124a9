-- /// sessiontrace
-- title = "What spans declare of sessions"
-- summary = "The first, for end and totals the last, value of every attribute of a session."
-- grain = "one session"
-- key = ["session_id"]
-- ///
select
    context.session_id,
    arg_min(declared.session_type, context.rank) as type,
    arg_min(declared.channel, context.rank) as channel,
    arg_min(declared.client_version, context.rank) as client_version,
    arg_min(declared.locale, context.rank) as locale,
    arg_min(declared.tier, context.rank) as tier,
    arg_min(declared.org_id, context.rank) as org_id,
    arg_min(declared.declared_start_time, context.rank) as declared_start_time,
    arg_max(declared.declared_end_time, context.rank) as declared_end_time,
    arg_max(declared.end_reason, context.rank) as end_reason,
    bool_or(declared.inactive_timeout) as declared_inactive_timeout,
    arg_max(declared.idle_time_ms, context.rank) as declared_idle_time_ms,
    arg_max(declared.declared_duration_ms, context.rank) as declared_duration_ms,
    arg_max(declared.declared_total_turns, context.rank) as declared_total_turns,
    arg_max(declared.declared_total_tokens, context.rank) as declared_total_tokens,
    arg_max(declared.declared_total_cost_usd, context.rank) as declared_total_cost_usd,
    arg_max(declared.declared_avg_turn_latency_ms, context.rank) as declared_avg_turn_latency_ms,
    arg_max(declared.declared_avg_turn_tokens, context.rank) as declared_avg_turn_tokens,
    arg_max(declared.satisfaction, context.rank) as satisfaction,
    bool_or(declared.dropoff_detected) as declared_dropoff,
    arg_max(declared.dropoff_last_turn, context.rank) as declared_dropoff_last_turn,
    arg_max(declared.dropoff_last_intent, context.rank) as declared_dropoff_last_intent,
    arg_max(declared.dropoff_agent_last_action, context.rank) as declared_dropoff_last_action,
    arg_max(declared.dropoff_time_since_last_turn_ms, context.rank)
        as declared_dropoff_time_since_last_turn_ms,
    min(case
        when declared.inactive_timeout or declared.end_reason is not null then context.start_unix_ns
    end) as first_end_unix_ns,
    max(case
        when declared.inactive_timeout or declared.end_reason is not null then context.start_unix_ns
    end) as last_end_unix_ns
from resolved_declared as declared
inner join span_context as context on declared.span_ord = context.span_ord
where context.session_id is not null
group by context.session_id
