-- /// sessiontrace
-- title = "Work done in turns"
-- summary = "Agent runs, model calls, tool calls and their usage by turn."
-- grain = "one turn"
-- key = ["turn_ord"]
-- ///
with counted as (
    select
        turn_keys.turn_ord,
        count(*) as spans,
        count(*) filter (where context.agent_run_ord = context.span_ord) as agent_runs,
        count(*) filter (where context.kind = 'llm') as llm_calls,
        count(*) filter (where context.kind = 'tool') as tool_calls,
        count(*) filter (where context.kind = 'tool' and context.is_error) as tool_errors,
        count(*) filter (where context.is_error) as errors
    from span_context as context
    inner join turn_keys on context.anchor_ord = turn_keys.anchor_ord
    group by turn_keys.turn_ord
),

last_tools as (
    select
        turn_keys.turn_ord,
        arg_max(tool_name_of(calls.tool_name, context.name), context.rank) as last_tool,
        arg_max(
            case when context.is_error then tool_name_of(calls.tool_name, context.name) end,
            context.rank
        ) as last_failed_tool
    from span_context as context
    inner join turn_keys on context.anchor_ord = turn_keys.anchor_ord
    left join resolved_calls as calls on context.span_ord = calls.span_ord
    where context.kind = 'tool'
    group by turn_keys.turn_ord
),

last_finishes as (
    select
        turn_keys.turn_ord,
        arg_max(calls.finish_reason, context.rank) as last_finish_reason
    from span_context as context
    inner join turn_keys on context.anchor_ord = turn_keys.anchor_ord
    inner join resolved_calls as calls on context.span_ord = calls.span_ord
    where context.kind = 'llm'
    group by turn_keys.turn_ord
),

used as (
    select
        turn_keys.turn_ord,
        sum(usage.input_tokens)::bigint as input_tokens,
        sum(usage.output_tokens)::bigint as output_tokens,
        sum(usage.total_tokens)::bigint as total_tokens,
        sum(usage.cost_usd)::decimal(18, 9) as cost_usd
    from usage_records as usage
    inner join turn_keys on usage.anchor_ord = turn_keys.anchor_ord
    where usage.is_counted
    group by turn_keys.turn_ord
)

select
    counted.*,
    last_tools.last_tool,
    last_tools.last_failed_tool,
    last_finishes.last_finish_reason,
    used.input_tokens,
    used.output_tokens,
    used.total_tokens,
    used.cost_usd
from counted
left join last_tools on counted.turn_ord = last_tools.turn_ord
left join last_finishes on counted.turn_ord = last_finishes.turn_ord
left join used on counted.turn_ord = used.turn_ord
