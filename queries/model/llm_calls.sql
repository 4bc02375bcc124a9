-- /// sessiontrace
-- title = "Model calls"
-- summary = "One row for each call of a language model."
-- grain = "one model call"
-- key = ["trace_id", "span_id"]
-- ///
select
    context.trace_id,
    context.span_id,
    turns.turn_id,
    context.session_id,
    runs.trace_id || ':' || runs.span_id as agent_run_id,
    calls.model,
    calls.provider,
    usage.input_tokens,
    usage.output_tokens,
    usage.total_tokens,
    usage.cached_input_tokens,
    usage.reasoning_tokens,
    usage.cost_usd,
    calls.finish_reason,
    unix_ns_time(context.start_unix_ns) as start_time,
    context.start_unix_ns,
    (context.end_unix_ns - context.start_unix_ns) / 1e6 as duration_ms,
    context.is_error,
    declared.error_type,
    coalesce(context.is_counted, false) as is_counted,
    turns.turn_index,
    context.name as span_name,
    context.rank,
    context.span_ord
from span_context as context
left join resolved_calls as calls on context.span_ord = calls.span_ord
left join usage_records as usage on context.span_ord = usage.span_ord
left join resolved_declared as declared on context.span_ord = declared.span_ord
left join turn_keys on context.anchor_ord = turn_keys.anchor_ord
left join turns on turn_keys.turn_ord = turns.turn_ord
left join span_context as runs on context.agent_run_ord = runs.span_ord
where context.kind = 'llm'
