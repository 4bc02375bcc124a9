-- /// sessiontrace
-- title = "Agent runs"
-- summary = "One row for each topmost agent span of a turn, with what it called."
-- grain = "one topmost agent span"
-- key = ["agent_run_id"]
-- columns = [
--   { name = "agent_run_id", help = "trace id and span id of the topmost agent span" },
--   { name = "trace_id", help = "trace of the run" },
--   { name = "span_id", help = "topmost span of the run" },
--   { name = "turn_id", help = "turn that the run belongs to" },
--   { name = "session_id", help = "session that the run belongs to" },
--   { name = "agent_name", help = "name of the agent" },
--   { name = "llm_calls", help = "model calls in the run and its sub-runs" },
--   { name = "tool_calls", help = "tool calls in the run and its sub-runs" },
--   { name = "sub_runs", help = "agent spans below the topmost one" },
--   { name = "start_time", help = "when the run began, UTC" },
--   { name = "start_unix_ns", help = "when the run began, since 1970" },
--   { name = "duration_ms", help = "end minus start; NULL if the end is missing or earlier" },
--   { name = "is_error", help = "the topmost span ended with an error" },
--   { name = "turn_index", help = "turn of the run, 1..n in the session" },
--   { name = "rank", help = "place in the total order: start, depth, trace, span" },
--   { name = "span_ord", help = "number of the span in this store" },
-- ]
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
