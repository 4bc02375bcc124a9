-- /// sessiontrace
-- title = "Turns"
-- summary = "One exchange: a user's input and all that was done to answer it."
-- grain = "one turn"
-- key = ["turn_id"]
-- ///
with first_parts as (
    select
        turn_keys.turn_ord,
        min(parts.rank) as first_rank,
        min(parts.start_unix_ns) as start_unix_ns,
        max(parts.end_unix_ns) as end_unix_ns,
        bool_or(parts.is_error) as is_error,
        arg_min(parts.turn_number, parts.rank) as turn_number_declared,
        arg_min(parts.turn_number_key, parts.rank) as turn_number_key,
        arg_min(parts.turn_id, parts.rank) as declared_turn_id,
        string_agg(distinct parts.turn_role, ',' order by parts.turn_role) as roles,
        count(*) as parts
    from turn_parts as parts
    inner join turn_keys on parts.anchor_ord = turn_keys.anchor_ord
    group by turn_keys.turn_ord
),

topmost as (
    select
        first_parts.*,
        parts.trace_id,
        parts.span_id,
        parts.session_id,
        parts.conversation_id,
        parts.conversation_key,
        parts.user_id,
        parts.turn_rule,
        facts.service_name
    from first_parts
    inner join turn_parts as parts on first_parts.first_rank = parts.rank
    inner join trace_facts as facts on parts.trace_ord = facts.trace_ord
),

-- A series that shows 0 anywhere begins at 0 in all conversations of that service and key.
zero_based as (
    select distinct service_name, turn_number_key
    from topmost
    where turn_number_declared = 0
),

repeated_ids as (
    select declared_turn_id
    from topmost
    where declared_turn_id is not null
    group by declared_turn_id
    having count(*) > 1
),

placed as (
    select
        topmost.*,
        case
            when topmost.session_id is not null then row_number() over (
                partition by topmost.session_id
                order by topmost.start_unix_ns nulls last, topmost.first_rank
            )
        end as turn_index,
        row_number() over (
            partition by topmost.conversation_key
            order by topmost.start_unix_ns nulls last, topmost.first_rank
        ) as place_in_conversation,
        zero_based.turn_number_key is not null as is_zero_based
    from topmost
    left join zero_based
        on
            topmost.service_name is not distinct from zero_based.service_name
            and topmost.turn_number_key = zero_based.turn_number_key
)

select
    case
        when placed.declared_turn_id is null then placed.trace_id || ':' || placed.span_id
        when repeated_ids.declared_turn_id is not null
            then placed.declared_turn_id || ':' || placed.span_id
        else placed.declared_turn_id
    end as turn_id,
    placed.trace_id,
    placed.span_id,
    placed.session_id,
    placed.conversation_id,
    placed.user_id,
    placed.turn_index,
    coalesce(
        placed.turn_number_declared + placed.is_zero_based::integer, placed.place_in_conversation
    ) as turn_number,
    case when placed.turn_number_declared is not null then placed.turn_number_key end
        as turn_number_source,
    placed.turn_number_declared,
    placed.roles,
    unix_ns_time(placed.start_unix_ns) as start_time,
    unix_ns_time(placed.end_unix_ns) as end_time,
    placed.start_unix_ns,
    placed.end_unix_ns,
    (placed.end_unix_ns - placed.start_unix_ns) / 1e6 as duration_ms,
    coalesce(declared.intent, declared.input_type) as intent,
    case
        when declared.intent is not null then 'turn.intent'
        when declared.input_type is not null then 'turn.input_type'
    end as intent_source,
    coalesce(
        declared.output_type,
        'tool:' || work.last_tool,
        'finish:' || work.last_finish_reason
    ) as agent_action,
    case
        when declared.output_type is not null then 'turn.output_type'
        when work.last_tool is not null then 'tool'
        when work.last_finish_reason is not null then 'finish_reason'
    end as agent_action_source,
    declared.input_type,
    declared.output_type,
    declared.input_length,
    declared.output_length,
    declared.has_attachments,
    declared.was_interrupted,
    work.agent_runs,
    work.llm_calls,
    work.tool_calls,
    work.tool_errors,
    work.errors,
    work.spans,
    work.input_tokens,
    work.output_tokens,
    work.total_tokens,
    work.cost_usd,
    declared.context_tokens,
    coalesce(
        declared.context_share,
        case
            when declared.context_limit > 0
                then declared.context_tokens / declared.context_limit::double
        end
    ) as context_share,
    declared.context_limit,
    declared.context_current_tokens,
    declared.context_new_tokens,
    declared.messages_in_context,
    declared.context_pruned,
    declared.messages_pruned,
    declared.journey_stage,
    placed.is_error,
    declared.error_type,
    work.last_tool,
    work.last_failed_tool,
    work.last_finish_reason,
    declared.declared_agent_runs,
    declared.declared_tool_calls,
    declared.declared_latency_ms,
    placed.turn_rule,
    placed.parts,
    placed.service_name,
    placed.first_rank as rank,
    placed.turn_ord
from placed
inner join turn_work as work on placed.turn_ord = work.turn_ord
left join turn_declarations as declared on placed.turn_ord = declared.turn_ord
left join repeated_ids on placed.declared_turn_id = repeated_ids.declared_turn_id
