-- /// sessiontrace
-- title = "Sessions"
-- summary = "A user's visit: everything under one session id."
-- grain = "one session"
-- key = ["session_id"]
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
