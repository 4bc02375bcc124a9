-- /// sessiontrace
-- title = "Steps of a session"
-- summary = "Agent runs, model calls, tool calls and failures of one session, as a tree."
-- section = "session"
-- columns = [
--   { name = "turn_index", role = "group", help = "NULL: outside of turns" },
--   { name = "trace_id", role = "group" },
--   { name = "span_id", role = "group" },
--   { name = "above_span_id", role = "text", help = "the step that it belongs to" },
--   { name = "kind", role = "text", help = "agent, llm, tool; else a span that failed" },
--   { name = "name", role = "text", help = "agent, model or tool" },
--   { name = "start_time", role = "text" },
--   { name = "after_ms", role = "value", unit = "ms", help = "since the turn began" },
--   { name = "duration_ms", role = "value", unit = "ms" },
--   { name = "input_tokens", role = "value" },
--   { name = "output_tokens", role = "value" },
--   { name = "total_tokens", role = "value" },
--   { name = "cost_usd", role = "value", unit = "usd" },
--   { name = "is_counted", role = "text", help = "its usage counts, nothing below repeats it" },
--   { name = "finish_reason", role = "text" },
--   { name = "is_error", role = "text" },
--   { name = "error_type", role = "text" },
-- ]
-- [parameters.session_id]
-- type = "VARCHAR"
-- help = "the session"
-- ///
--
-- Spans in between, such as the nodes of a graph, are left out, and what is below them hangs on the
-- nearest step above. The topmost span of a turn is the turn, unless it is a step itself. Messages
-- are not shown: they may hold content.
with recursive

held as (
    select
        spans.trace_id,
        spans.span_id,
        spans.parent_span_id,
        spans.semantic_kind as kind,
        spans.name,
        spans.start_time,
        spans.start_unix_ns,
        spans.duration_ms,
        spans.is_error,
        spans.depth,
        spans.turn_index,
        turns.start_unix_ns as turn_start_unix_ns,
        spans.semantic_kind in ('agent', 'llm', 'tool')
            or (spans.is_error and spans.span_id is distinct from turns.span_id) as is_step,
    from spans
    left join turns on turns.turn_id = spans.turn_id
    where spans.session_id = $session_id::VARCHAR
),

walked as (
    select held.*, cast(null as varchar) as above_span_id, 0 as walked_depth
    from held
    left join held as parents
        on parents.trace_id = held.trace_id and parents.span_id = held.parent_span_id
    where parents.span_id is null
    union all
    select
        held.*,
        case when walked.is_step then walked.span_id else walked.above_span_id end,
        walked.walked_depth + 1,
    from walked
    join held on held.trace_id = walked.trace_id and held.parent_span_id = walked.span_id
    where walked.walked_depth < 512
)

select
    walked.turn_index,
    walked.trace_id,
    walked.span_id,
    walked.above_span_id,
    walked.kind,
    coalesce(
        case walked.kind
            when 'agent' then agent_runs.agent_name
            when 'llm' then llm_calls.model
            when 'tool' then tool_calls.tool_name
        end,
        walked.name
    ) as name,
    walked.start_time,
    sig12((walked.start_unix_ns - walked.turn_start_unix_ns) / 1e6) as after_ms,
    sig12(walked.duration_ms) as duration_ms,
    llm_calls.input_tokens,
    llm_calls.output_tokens,
    llm_calls.total_tokens,
    sig12(llm_calls.cost_usd) as cost_usd,
    llm_calls.is_counted,
    llm_calls.finish_reason,
    walked.is_error,
    coalesce(llm_calls.error_type, tool_calls.error_type) as error_type,
from walked
left join agent_runs
    on agent_runs.trace_id = walked.trace_id and agent_runs.span_id = walked.span_id
left join llm_calls
    on llm_calls.trace_id = walked.trace_id and llm_calls.span_id = walked.span_id
left join tool_calls
    on tool_calls.trace_id = walked.trace_id and tool_calls.span_id = walked.span_id
where walked.is_step
order by walked.start_unix_ns nulls last, walked.depth, walked.trace_id, walked.span_id
