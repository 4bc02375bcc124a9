-- /// sessiontrace
-- title = "Usage"
-- summary = "Tokens and cost as every span carries them, and whether they count."
-- grain = "one span with usage"
-- key = ["span_ord"]
-- ///
select
    context.span_ord,
    context.anchor_ord,
    context.session_id,
    context.agent_run_ord,
    context.kind,
    context.is_counted,
    calls.input_tokens,
    calls.output_tokens,
    coalesce(calls.total_tokens, calls.input_tokens + calls.output_tokens) as total_tokens,
    calls.cached_input_tokens,
    calls.reasoning_tokens,
    try_cast(
        coalesce(calls.cost_usd, calls.input_cost_usd + calls.output_cost_usd) as decimal(18, 9)
    ) as cost_usd
from span_context as context
inner join resolved_calls as calls on context.span_ord = calls.span_ord
where context.has_usage and context.kind <> 'other'
