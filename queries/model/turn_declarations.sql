-- /// sessiontrace
-- title = "What spans declare of turns"
-- summary = "The first value of every attribute of a turn below its topmost span."
-- grain = "one turn"
-- key = ["turn_ord"]
-- ///
-- Tokens in context: what the turn says comes before what the context manager counted below it,
-- which is the state before the new message.
select
    turn_keys.turn_ord,
    min(context.start_unix_ns) as start_unix_ns,
    arg_min(declared.intent, context.rank) as intent,
    arg_min(declared.input_type, context.rank) as input_type,
    arg_min(declared.output_type, context.rank) as output_type,
    arg_min(declared.input_length, context.rank) as input_length,
    arg_min(declared.output_length, context.rank) as output_length,
    arg_min(declared.has_attachments, context.rank) as has_attachments,
    arg_min(declared.turn_interrupted, context.rank) as was_interrupted,
    arg_min(declared.declared_turn_agent_runs, context.rank) as declared_agent_runs,
    arg_min(declared.declared_turn_tool_calls, context.rank) as declared_tool_calls,
    arg_min(declared.declared_turn_latency_ms, context.rank) as declared_latency_ms,
    coalesce(
        arg_max(declared.conversation_context_tokens, context.rank),
        arg_max(declared.state_context_tokens, context.rank),
        arg_max(declared.context_tokens, context.rank)
    ) as context_tokens,
    arg_max(declared.context_share, context.rank) as context_share,
    arg_max(declared.context_limit, context.rank) as context_limit,
    arg_max(declared.context_current_tokens, context.rank) as context_current_tokens,
    arg_max(declared.context_new_tokens, context.rank) as context_new_tokens,
    arg_max(declared.messages_in_context, context.rank) as messages_in_context,
    bool_or(declared.context_pruned) as context_pruned,
    sum(declared.messages_pruned)::bigint as messages_pruned,
    arg_max(declared.journey_stage, context.rank) as journey_stage,
    arg_max(declared.error_type, context.rank) as error_type
from resolved_declared as declared
inner join span_context as context on declared.span_ord = context.span_ord
inner join turn_keys on context.anchor_ord = turn_keys.anchor_ord
group by turn_keys.turn_ord
