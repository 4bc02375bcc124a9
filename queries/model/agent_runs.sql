-- /// sessiontrace
-- title = "Agent runs"
-- summary = "One row for each topmost agent span of a turn, with what it called."
-- grain = "one topmost agent span"
-- key = ["agent_run_id"]
-- ///
with counted as (
    select
        agent_run_ord,
        count(*) filter (where kind = 'llm') as llm_calls,
        count(*) filter (where kind = 'tool') as tool_calls,
        count(*) filter (where kind = 'agent' and span_ord <> agent_run_ord) as sub_runs
    from span_context
    where agent_run_ord is not null
    group by agent_run_ord
)

select
    context.trace_id || ':' || context.span_id as agent_run_id,
    context.trace_id,
    context.span_id,
    turns.turn_id,
    context.session_id,
    calls.agent_name,
    counted.llm_calls,
    counted.tool_calls,
    counted.sub_runs,
    unix_ns_time(context.start_unix_ns) as start_time,
    context.start_unix_ns,
    (context.end_unix_ns - context.start_unix_ns) / 1e6 as duration_ms,
    context.is_error,
    turns.turn_index,
    context.rank,
    context.span_ord
from counted
inner join span_context as context on counted.agent_run_ord = context.span_ord
left join resolved_calls as calls on context.span_ord = calls.span_ord
left join turn_keys on context.anchor_ord = turn_keys.anchor_ord
left join turns on turn_keys.turn_ord = turns.turn_ord
