-- /// sessiontrace
-- title = "Trace length"
-- summary = "How large single traces are: what can be said without a session id."
-- section = "traces"
-- columns = [
--   { name = "measure", role = "group" },
--   { name = "traces", role = "text", help = "all traces of the load" },
--   { name = "n", role = "n", help = "traces where the measure is known" },
--   { name = "p50", role = "value" },
--   { name = "p90", role = "value" },
--   { name = "p99", role = "value" },
--   { name = "max", role = "value" },
--   { name = "mean", role = "value", help = "read it beside the median" },
--   { name = "total", role = "value", help = "sum over the traces where it is known" },
--   { name = "unit", role = "unit" },
-- ]
-- ///
--
-- About the whole load: filters select sessions, and this is for exports that have none.
with

measures as (
    select * from (values
        (1, 'duration', 'ms'), (2, 'spans', 'spans'), (3, 'model calls', 'calls'),
        (4, 'tool calls', 'calls'), (5, 'tokens', 'tokens'), (6, 'cost', 'usd')
    ) as named(place, measure, unit)
),

traced as (
    select
        trace_id,
        count(*) as spans,
        min(start_unix_ns) as first_ns,
        max(end_unix_ns) as last_ns,
    from spans
    group by trace_id
),

model_work as (
    select
        trace_id,
        count(*) as calls,
        sum(exact(case when is_counted then total_tokens end)) as tokens,
        sum(exact(case when is_counted then cost_usd end)) as cost_usd,
    from llm_calls
    group by trace_id
),

tool_work as (
    select trace_id, count(*) as calls from tool_calls group by trace_id
),

lengths as (
    select
        measures.place,
        measures.measure,
        measures.unit,
        traced.trace_id,
        case measures.place
            when 1 then case
                when traced.last_ns >= traced.first_ns
                    then exact((traced.last_ns - traced.first_ns) / 1e6)
            end
            when 2 then exact(traced.spans)
            when 3 then exact(coalesce(model_work.calls, 0))
            when 4 then exact(coalesce(tool_work.calls, 0))
            when 5 then exact(model_work.tokens)
            when 6 then exact(model_work.cost_usd)
        end as length,
    from measures
    left join traced on true
    left join model_work on model_work.trace_id = traced.trace_id
    left join tool_work on tool_work.trace_id = traced.trace_id
)

select
    measure,
    count(trace_id) as traces,
    known(case when trace_id is not null then length end) as n,
    sig12(percentile(case when trace_id is not null then length end, 0.5)) as p50,
    sig12(percentile(case when trace_id is not null then length end, 0.9)) as p90,
    sig12(percentile(case when trace_id is not null then length end, 0.99)) as p99,
    sig12(max(case when trace_id is not null then length end)) as "max",
    sig12(mean_value(case when trace_id is not null then length end)) as mean,
    sig12(total(case when trace_id is not null then length end)) as total,
    unit,
from lengths
group by place, measure, unit
order by place
