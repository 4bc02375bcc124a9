-- /// sessiontrace
-- title = "Model calls"
-- summary = "One row for each call of a language model."
-- grain = "one model call"
-- key = ["trace_id", "span_id"]
-- columns = [
--   { name = "trace_id", help = "trace of the call" },
--   { name = "span_id", help = "span of the call" },
--   { name = "turn_id", help = "turn that the call belongs to" },
--   { name = "session_id", help = "session that the call belongs to" },
--   { name = "agent_run_id", help = "topmost agent run above the call" },
--   { name = "model", help = "model that answered, else the one asked for" },
--   { name = "provider", help = "provider or system, as the SDK names it" },
--   { name = "input_tokens", help = "input, cached input included, as declared" },
--   { name = "output_tokens", help = "output, reasoning included, as declared" },
--   { name = "total_tokens", help = "declared total, else the sum if both are known" },
--   { name = "cached_input_tokens", help = "input read from a cache; part of input_tokens" },
--   { name = "reasoning_tokens", help = "output spent on reasoning; part of output_tokens" },
--   { name = "cost_usd", help = "cost as declared; never computed from prices" },
--   { name = "finish_reason", help = "why the model stopped; of several the last" },
--   { name = "start_time", help = "when the call began, UTC" },
--   { name = "start_unix_ns", help = "when the call began, since 1970" },
--   { name = "duration_ms", help = "end minus start; NULL if the end is missing or earlier" },
--   { name = "is_error", help = "the span ended with an error" },
--   { name = "error_type", help = "error.type of the span" },
--   { name = "is_counted", help = "its usage counts: no model call below repeats it" },
--   { name = "turn_index", help = "turn of the call, 1..n in the session" },
--   { name = "span_name", help = "name of the span" },
--   { name = "rank", help = "place in the total order: start, depth, trace, span" },
--   { name = "span_ord", help = "number of the span in this store" },
-- ]
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
