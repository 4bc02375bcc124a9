-- /// sessiontrace
-- title = "Turns"
-- summary = "One exchange: a user's input and all that was done to answer it."
-- grain = "one turn"
-- key = ["turn_id"]
-- columns = [
--   { name = "turn_id", help = "turn.id, with the span id if not unique; else trace and span" },
--   { name = "trace_id", help = "trace of the first topmost span" },
--   { name = "span_id", help = "first topmost span" },
--   { name = "session_id", help = "session of the topmost span" },
--   { name = "conversation_id", help = "conversation of the topmost span" },
--   { name = "user_id", help = "user of the topmost span" },
--   { name = "turn_index", help = "1..n by time in the session; every report counts with it" },
--   { name = "turn_number", help = "number in the conversation, from 1: declared, else by time" },
--   { name = "turn_number_source", help = "key that declared the number; NULL if none did" },
--   { name = "turn_number_declared", help = "the number as declared, which may begin at 0" },
--   { name = "roles", help = "turn.role of its topmost spans, as exported, with commas" },
--   { name = "start_time", help = "earliest start of its spans, UTC" },
--   { name = "end_time", help = "latest end of its spans, UTC" },
--   { name = "start_unix_ns", help = "earliest start of its spans, since 1970" },
--   { name = "end_unix_ns", help = "latest end of its spans, since 1970" },
--   { name = "duration_ms", help = "end minus start of the turn" },
--   { name = "intent", help = "turn.intent, else turn.input_type" },
--   { name = "intent_source", help = "which of the two said the intent" },
--   { name = "agent_action", help = "turn.output_type, else tool:NAME, else finish:REASON" },
--   { name = "agent_action_source", help = "turn.output_type, tool or finish_reason" },
--   { name = "input_type", help = "turn.input_type: question, command, feedback" },
--   { name = "output_type", help = "turn.output_type: answer and the like" },
--   { name = "input_length", unit = "characters", help = "turn.input_length" },
--   { name = "output_length", unit = "characters", help = "turn.output_length" },
--   { name = "has_attachments", help = "turn.has_attachments" },
--   { name = "was_interrupted", help = "the user spoke before the answer was over, as declared" },
--   { name = "agent_runs", help = "topmost agent spans below the turn" },
--   { name = "llm_calls", help = "model calls below the turn" },
--   { name = "tool_calls", help = "tool calls below the turn" },
--   { name = "tool_errors", help = "tool calls that failed" },
--   { name = "errors", help = "spans that failed, of any kind" },
--   { name = "spans", help = "spans of the turn" },
--   { name = "input_tokens", help = "input of the usage that counts; NULL if none is known" },
--   { name = "output_tokens", help = "output of the usage that counts; NULL if none is known" },
--   { name = "total_tokens", help = "totals of the usage that counts; NULL if none is known" },
--   { name = "cost_usd", help = "cost of the usage that counts, as declared" },
--   { name = "context_tokens", help = "last conversation.context_tokens, else context.tokens" },
--   { name = "context_share", help = "conversation.context_window_pct, else tokens by limit" },
--   { name = "context_limit", unit = "tokens", help = "last context.limit" },
--   { name = "context_current_tokens", help = "last context.current_tokens, before the message" },
--   { name = "context_new_tokens", help = "last context.new_tokens: of the new message" },
--   { name = "messages_in_context", help = "last conversation.messages_in_context" },
--   { name = "context_pruned", help = "context.pruned was true at any check of the turn" },
--   { name = "messages_pruned", help = "sum of context.messages_pruned" },
--   { name = "journey_stage", help = "last journey.stage of the turn" },
--   { name = "is_error", help = "its topmost span failed" },
--   { name = "error_type", help = "last error.type below the turn" },
--   { name = "last_tool", help = "tool of its last tool call" },
--   { name = "last_failed_tool", help = "tool of its last failed tool call" },
--   { name = "last_finish_reason", help = "finish reason of its last model call" },
--   { name = "declared_agent_runs", help = "turn.agent_runs" },
--   { name = "declared_tool_calls", help = "turn.tool_calls" },
--   { name = "declared_latency_ms", help = "turn.latency_ms" },
--   { name = "turn_rule", help = "how it was recognised: name, number or trace" },
--   { name = "parts", help = "topmost spans that were put together" },
--   { name = "service_name", help = "service of the root of its trace" },
--   { name = "rank", help = "place of its first span in the total order" },
--   { name = "turn_ord", help = "number of the turn in this store" },
-- ]
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

-- The windows run over narrow rows: a sort carries along every column that it is given.
numbered as (
    select
        turn_ord,
        case
            when session_id is not null then row_number() over (
                partition by session_id order by start_unix_ns nulls last, first_rank
            )
        end as turn_index,
        row_number() over (
            partition by conversation_key order by start_unix_ns nulls last, first_rank
        ) as place_in_conversation
    from topmost
),

placed as (
    select
        topmost.*,
        numbered.turn_index,
        numbered.place_in_conversation,
        zero_based.turn_number_key is not null as is_zero_based
    from topmost
    inner join numbered on topmost.turn_ord = numbered.turn_ord
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
