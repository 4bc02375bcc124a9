-- /// sessiontrace
-- title = "Sessions"
-- summary = "A user's visit: everything under one session id."
-- grain = "one session"
-- key = ["session_id"]
-- columns = [
--   { name = "session_id", help = "declared, else the conversation id, else inferred:TRACE" },
--   { name = "session_source", help = "declared, conversation or inferred" },
--   { name = "user_id", help = "most frequent user id of its spans, as exported" },
--   { name = "org_id", help = "first user.org_id" },
--   { name = "tier", help = "first user.tier" },
--   { name = "type", help = "first session.type: chat, api, batch" },
--   { name = "channel", help = "first session.channel: web, mobile, api, slack" },
--   { name = "client_version", help = "first session.client_version" },
--   { name = "locale", help = "first session.locale" },
--   { name = "service_name", help = "most frequent service.name of its spans" },
--   { name = "environment", help = "deployment.environment.name of its earliest resource" },
--   { name = "release", help = "release or service.version of its earliest resource" },
--   { name = "start_time", help = "earliest start of its spans, UTC" },
--   { name = "end_time", help = "latest end of its spans, UTC" },
--   { name = "start_unix_ns", help = "earliest start of its spans, since 1970" },
--   { name = "end_unix_ns", help = "latest end of its spans, since 1970" },
--   { name = "wall_ms", help = "end minus start" },
--   { name = "active_ms", help = "union of its turns, plus the gaps between them up to idle" },
--   { name = "sittings", help = "1 + gaps between turns longer than idle" },
--   { name = "spans", help = "spans of the session" },
--   { name = "traces", help = "traces of the session" },
--   { name = "conversations", help = "conversations of the session, at least 1" },
--   { name = "turns", help = "turns of the session" },
--   { name = "agent_runs", help = "topmost agent spans" },
--   { name = "llm_calls", help = "model calls" },
--   { name = "tool_calls", help = "tool calls" },
--   { name = "tool_errors", help = "tool calls that failed" },
--   { name = "input_tokens", help = "input of the usage that counts; NULL if none is known" },
--   { name = "output_tokens", help = "output of the usage that counts; NULL if none is known" },
--   { name = "total_tokens", help = "totals of the usage that counts; NULL if none is known" },
--   { name = "cached_input_tokens", help = "cached part of the input" },
--   { name = "reasoning_tokens", help = "reasoning part of the output" },
--   { name = "cost_usd", help = "cost of the usage that counts, as declared" },
--   { name = "calls_with_usage", help = "spans whose usage counts: what the sums rest on" },
--   { name = "errors", help = "spans that failed, of any kind" },
--   { name = "failed_turns", help = "turns whose topmost span failed" },
--   { name = "users", help = "distinct user ids; more than 1 is a finding" },
--   { name = "services", help = "distinct services; more than 1 is a finding" },
--   { name = "end_state", help = "converted, open, escalated, error, ended or timeout" },
--   { name = "end_reason", help = "last session.end_reason, as exported" },
--   { name = "end_class", help = "what the list of end reasons makes of it" },
--   { name = "has_end", help = "there is a session.end span or an end reason" },
--   { name = "is_settled", help = "nothing more can come: it ended, or was silent beyond idle" },
--   { name = "is_goal_known", help = "a goal is set, or the session entered a journey" },
--   { name = "is_goal_met", help = "the goal was met at any time" },
--   { name = "goal_turn_index", help = "turn in which the goal was met" },
--   { name = "is_dropped", help = "NULL: no goal known; open sessions are never dropped" },
--   { name = "is_censored", help = "end_state is open" },
--   { name = "last_turn_index", help = "turns by time: the last one" },
--   { name = "last_intent", help = "intent of the last turn, else dropoff.last_intent" },
--   { name = "last_agent_action", help = "of the last turn, else dropoff.agent_last_action" },
--   { name = "last_tool", help = "last tool of the last turn" },
--   { name = "last_error", help = "error type or failed tool of the last turn" },
--   { name = "last_finish_reason", help = "last finish reason of the last turn" },
--   { name = "last_wait_ms", help = "duration of the last turn: the wait for the last answer" },
--   { name = "last_context_share", help = "context share of the last turn; 0..1" },
--   { name = "last_stage", help = "last journey stage that a turn carries" },
--   { name = "max_context_share", help = "fullest context window of its turns; 0..1" },
--   { name = "pruned_turns", help = "turns in which the context was pruned" },
--   { name = "satisfaction", help = "last session.user_satisfaction; 0..1" },
--   { name = "is_last_unanswered", help = "the last turn has an input and no answer" },
--   { name = "is_start_seen", help = "session.start is in the export, or turn 1" },
--   { name = "first_turn_number", help = "smallest declared turn number" },
--   { name = "first_turn_unix_ns", help = "start of the first turn, since 1970" },
--   { name = "last_turn_end_unix_ns", help = "latest end of a turn, since 1970" },
--   { name = "declared_start_time", help = "first session.start_time, UTC" },
--   { name = "declared_end_time", help = "last session.end_time, UTC" },
--   { name = "declared_duration_ms", help = "last session.duration_ms" },
--   { name = "declared_total_turns", help = "last session.total_turns" },
--   { name = "declared_total_tokens", help = "last session.total_tokens" },
--   { name = "declared_total_cost_usd", help = "last session.total_cost_usd" },
--   { name = "declared_avg_turn_latency_ms", help = "last session.avg_turn_latency_ms" },
--   { name = "declared_avg_turn_tokens", help = "last session.avg_turn_tokens" },
--   { name = "declared_inactive_timeout", help = "session.inactive_timeout was true anywhere" },
--   { name = "declared_idle_time_ms", help = "last session.idle_time_ms" },
--   { name = "declared_dropoff", help = "dropoff.detected was true anywhere" },
--   { name = "declared_dropoff_last_turn", help = "last dropoff.last_turn" },
--   { name = "declared_dropoff_last_intent", help = "last dropoff.last_intent" },
--   { name = "declared_dropoff_last_action", help = "last dropoff.agent_last_action" },
--   { name = "declared_dropoff_time_since_last_turn_ms", help = "last one of the same key" },
-- ]
-- ///
-- Settled means that nothing more can come: the application said so and no turn follows, or the
-- session has been silent for longer than idle before the horizon. A session that is not settled is
-- open: censored, never dropped.
with gathered as (
    select
        spans.*,
        declared.* exclude (session_id),
        turned.* exclude (session_id),
        usage.* exclude (session_id),
        coalesce(conversed.conversations, 1) as conversations,
        coalesce(goals.is_met, false) as is_goal_met,
        goals.session_id is not null
        or (select goal_kind is not null from model_settings) as is_goal_known,
        goals.met_turn_index as goal_turn_index,
        settings.horizon_ns,
        settings.idle_ns,
        settings.is_complete,
        reasons.class as end_class
    from session_spans as spans
    cross join model_settings as settings
    left join session_declarations as declared on spans.session_id = declared.session_id
    left join session_turns as turned on spans.session_id = turned.session_id
    left join session_usage as usage on spans.session_id = usage.session_id
    left join session_goals as goals on spans.session_id = goals.session_id
    left join (
        select session_id, count(*) as conversations
        from conversations
        group by session_id
    ) as conversed on spans.session_id = conversed.session_id
    left join end_reasons as reasons
        on end_reason_key(declared.end_reason) = reasons.reason
),

settled as (
    select
        *,
        is_complete
        or coalesce(
            greatest(session_end_unix_ns, last_end_unix_ns)
            >= coalesce(last_turn_start_unix_ns, session_end_unix_ns, last_end_unix_ns),
            false
        )
        or coalesce(horizon_ns - end_unix_ns > idle_ns, false) as is_settled,
        session_end_unix_ns is not null or end_reason is not null as has_end,
        coalesce(last_agent_action in (select name from escalation_actions), false)
        or coalesce(last_tool in (select name from escalation_tools), false) as is_handed_over
    from gathered
),

stated as (
    select
        *,
        case
            when is_goal_met then 'converted'
            when not is_settled then 'open'
            when end_class = 'escalated' or is_handed_over then 'escalated'
            when coalesce(is_last_failed, false) or end_class = 'error' then 'error'
            when end_class = 'timeout' or coalesce(declared_inactive_timeout, false) then 'timeout'
            when has_end then 'ended'
            else 'timeout'
        end as end_state
    from settled
)

select
    session_id,
    case origin when 1 then 'declared' when 2 then 'conversation' else 'inferred' end
        as session_source,
    user_id,
    org_id,
    tier,
    type,
    channel,
    client_version,
    locale,
    service_name,
    environment,
    release,
    unix_ns_time(start_unix_ns) as start_time,
    unix_ns_time(end_unix_ns) as end_time,
    start_unix_ns,
    end_unix_ns,
    (end_unix_ns - start_unix_ns) / 1e6 as wall_ms,
    active_ns / 1e6 as active_ms,
    coalesce(sittings, 1) as sittings,
    spans,
    traces,
    conversations,
    coalesce(turns, 0) as turns,
    agent_runs,
    llm_calls,
    tool_calls,
    tool_errors,
    input_tokens,
    output_tokens,
    total_tokens,
    cached_input_tokens,
    reasoning_tokens,
    cost_usd,
    coalesce(calls_with_usage, 0) as calls_with_usage,
    errors,
    coalesce(failed_turns, 0) as failed_turns,
    users,
    services,
    end_state,
    end_reason,
    end_class,
    has_end,
    is_settled,
    is_goal_known,
    is_goal_met,
    goal_turn_index,
    case
        when end_state = 'open' then false
        when is_goal_known then end_state in ('error', 'ended', 'timeout')
        when end_state = 'error' or coalesce(declared_dropoff, false) then true
        when coalesce(is_last_unanswered, false) then true
        when end_class = 'completed' then false
    end as is_dropped,
    end_state = 'open' as is_censored,
    last_turn_index,
    coalesce(last_intent, declared_dropoff_last_intent) as last_intent,
    coalesce(
        case when last_agent_action like 'finish:%' then declared_dropoff_last_action end,
        last_agent_action,
        declared_dropoff_last_action
    ) as last_agent_action,
    last_tool,
    last_error,
    last_finish_reason,
    last_wait_ms,
    last_context_share,
    last_stage,
    max_context_share,
    pruned_turns,
    satisfaction,
    is_last_unanswered,
    session_start_unix_ns is not null or first_turn_number <= 1 as is_start_seen,
    first_turn_number,
    first_turn_unix_ns,
    last_turn_end_unix_ns,
    declared_start_time,
    declared_end_time,
    declared_duration_ms,
    declared_total_turns,
    declared_total_tokens,
    declared_total_cost_usd,
    declared_avg_turn_latency_ms,
    declared_avg_turn_tokens,
    declared_inactive_timeout,
    declared_idle_time_ms,
    declared_dropoff,
    declared_dropoff_last_turn,
    declared_dropoff_last_intent,
    declared_dropoff_last_action,
    declared_dropoff_time_since_last_turn_ms
from stated
