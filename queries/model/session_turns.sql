-- /// sessiontrace
-- title = "Turns of sessions"
-- summary = "Turns, active time, sittings and the last turn of a session."
-- grain = "one session"
-- key = ["session_id"]
-- ///
-- Active time is the union of the turn intervals plus the gaps between them that are not idle.
with followed as (
    select
        *,
        max(end_unix_ns) over (
            partition by session_id
            order by turn_index
            rows between unbounded preceding and 1 preceding
        ) as latest_end
    from turns
    where session_id is not null
),

stretched as (
    select
        *,
        start_unix_ns - latest_end > (select idle_ns from model_settings) as is_after_idle,
        greatest(end_unix_ns - greatest(start_unix_ns, coalesce(latest_end, start_unix_ns)), 0)
            as new_ns,
        greatest(start_unix_ns - latest_end, 0) as gap_ns
    from followed
),

summed as (
    select
        session_id,
        count(*) as turns,
        max(turn_index) as last_turn_index,
        sum(new_ns + case when is_after_idle then 0 else coalesce(gap_ns, 0) end)::bigint
            as active_ns,
        1 + count(*) filter (where is_after_idle) as sittings,
        min(start_unix_ns) as first_turn_unix_ns,
        max(start_unix_ns) as last_turn_start_unix_ns,
        max(end_unix_ns) as last_turn_end_unix_ns,
        arg_max(journey_stage, turn_index) as last_stage,
        min(turn_number_declared) as first_turn_number,
        count(*) filter (where is_error) as failed_turns,
        count(*) filter (where context_pruned) as pruned_turns,
        max(context_share) as max_context_share
    from stretched
    group by session_id
)

select
    summed.*,
    last_turn.turn_id as last_turn_id,
    last_turn.intent as last_intent,
    last_turn.agent_action as last_agent_action,
    last_turn.last_tool,
    last_turn.last_failed_tool,
    last_turn.last_finish_reason,
    last_turn.duration_ms as last_wait_ms,
    last_turn.context_share as last_context_share,
    last_turn.is_error as is_last_failed,
    coalesce(
        case when last_turn.is_error or last_turn.tool_errors > 0 then last_turn.error_type end,
        case when last_turn.last_failed_tool is not null
            then 'tool:' || last_turn.last_failed_tool end,
        case when last_turn.is_error then 'error' end
    ) as last_error,
    last_turn.agent_runs = 0
    and last_turn.llm_calls = 0
    and last_turn.tool_calls = 0
    and coalesce(last_turn.output_length, 0) = 0
    and last_turn.output_type is null
    and (last_turn.input_length is not null or last_turn.roles = 'user') as is_last_unanswered
from summed
inner join turns as last_turn
    on
        summed.session_id = last_turn.session_id
        and summed.last_turn_index = last_turn.turn_index
