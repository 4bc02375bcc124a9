-- /// sessiontrace
-- title = "Input"
-- summary = "What was read: files, spans, what was rejected, and how spans find their session."
-- section = "input"
-- columns = [
--   { name = "measure", role = "group", help = "what is counted" },
--   { name = "item", role = "group", help = "one of several: a service, a reason" },
--   { name = "value", role = "value", help = "a total" },
--   { name = "k", role = "k" },
--   { name = "n", role = "n" },
--   { name = "share", role = "value", unit = "share", help = "k / n" },
--   { name = "unit", role = "unit", help = "of value, or of what k and n count" },
-- ]
-- [parameters.horizon_unix_ns]
-- type = "BIGINT"
-- help = "where the export ends, in nanoseconds since 1970"
-- ///
--
-- About the whole load: filters select sessions, and what was read is the same without them.
-- An orphan is a trace that holds a turn and has no session; a trace without a turn (a health
-- check, a title generator) owes nobody a session. Records are counted in files that gave a span:
-- a README that lies beside the export is no export with rejected records.
with

sources_total as (
    select
        count(*) as files,
        count(*) filter (where spans_seen > 0) as span_files,
        cast(coalesce(sum(case when spans_seen > 0 then bytes end), 0) as bigint) as bytes,
        cast(coalesce(sum(case when spans_seen > 0 then records end), 0) as bigint) as records,
        cast(coalesce(sum(case when spans_seen > 0 then rejected end), 0) as bigint) as rejected,
        cast(coalesce(sum(records), 0) as bigint) as all_records,
        cast(coalesce(sum(rejected), 0) as bigint) as all_rejected,
        cast(coalesce(sum(other_signal), 0) as bigint) as other_signal,
        cast(coalesce(sum(spans_seen), 0) as bigint) as spans_seen,
        cast(coalesce(sum(duplicate_spans), 0) as bigint) as duplicate_spans,
        cast(coalesce(sum(rejected_spans), 0) as bigint) as rejected_spans,
    from sources
),

spans_total as (
    select
        count(*) as spans,
        count(distinct trace_ord) as traces,
        min(start_unix_ns) as first_ns,
        max(end_unix_ns) as last_ns,
        count(*) filter (where end_unix_ns is null) as backwards,
    from span_labels
),

side_tasks_seen as (
    select side_task, count(*) as k
    from trace_facts
    where side_task is not null and turn_rule is null
    group by side_task
),

unplaced as (
    select trace_ord from span_labels group by trace_ord having count(session_id) = 0
),

unplaced_groups as (
    select 54 as place, 'traces without a session by convention' as measure, convention as item,
        count(distinct span_labels.trace_ord) as k
    from span_labels
    join unplaced on unplaced.trace_ord = span_labels.trace_ord
    where convention is not null
    group by convention
    union all
    select
        55, 'traces without a session by scope', scope_name,
        count(distinct span_labels.trace_ord)
    from span_labels
    join unplaced on unplaced.trace_ord = span_labels.trace_ord
    where scope_name is not null
    group by scope_name
),

turn_traces as (
    select
        trace_id,
        max(case when session_id is null then 0 else 1 end) as has_session,
        max(case when session_id like 'inferred:%' then 1 else 0 end) as is_inferred,
    from turns
    group by trace_id
),

traces_total as (
    select
        count(*) as turn_traces,
        count(*) filter (where has_session = 0) as orphans,
        count(*) filter (where is_inferred = 1) as inferred,
    from turn_traces
),

origins as (
    select * from (values
        (1, 'native'), (2, 'inherited'), (3, 'resource'),
        (4, 'conversation'), (5, 'inferred'), (6, 'missing')
    ) as named(place, origin)
),

span_origins as (
    select
        case when session_id is null then 'missing' else session_origin(session_id_source) end
            as origin,
        count(*) as k,
    from span_labels
    group by 1
),

span_groups as (
    select 51 as place, 'spans by convention' as measure, convention as item, count(*) as k
    from span_labels group by convention
    union all
    select 52, 'spans by service', service_name, count(*) from span_labels
    group by service_name
    union all
    select 53, 'spans by environment', environment, count(*) from span_labels
    group by environment
),

reasons as (
    select reason, count(*) as k from rejects group by reason
),

facts as (
    select 1 as place, 'files' as measure, cast(null as varchar) as item, files as value,
        cast(null as bigint) as k, cast(null as bigint) as n, 'files' as unit
    from sources_total
    union all
    select 2, 'files with spans', null, null, span_files, files, 'files' from sources_total
    union all
    select 2, 'bytes', null, bytes, null, null, 'bytes' from sources_total
    union all
    select 3, 'rejected records', null, null, rejected, records, 'records' from sources_total
    union all
    select 4, 'rejected records of all files', null, null, all_rejected, all_records, 'records'
    from sources_total
    union all
    select 4, 'records of another signal', null, null, other_signal, all_records, 'records'
    from sources_total
    union all
    select 5, 'reject reason', reason, null, k, cast(sum(k) over () as bigint), 'rejects'
    from reasons
    union all
    select 11, 'spans', null, spans, null, null, 'spans' from spans_total
    union all
    select 12, 'duplicate spans', null, null, duplicate_spans, spans_seen, 'spans'
    from sources_total
    union all
    select 13, 'rejected spans', null, null, rejected_spans, spans_seen, 'spans'
    from sources_total
    union all
    select 14, 'spans that end before they start', null, null, backwards, spans, 'spans'
    from spans_total
    union all
    select 21, 'traces', null, traces, null, null, 'traces' from spans_total
    union all
    select 22, 'traces with a turn', null, null, turn_traces, traces, 'traces'
    from traces_total cross join spans_total
    union all
    select 23, 'orphan traces', null, null, orphans, turn_traces, 'traces' from traces_total
    union all
    select 24, 'traces in an inferred session', null, null, inferred, turn_traces, 'traces'
    from traces_total
    union all
    select 25, 'traces left out as side tasks', side_task, null, k, traces, 'traces'
    from side_tasks_seen cross join spans_total
    union all
    select 30 + origins.place, 'session of a span', origins.origin, null,
        coalesce(span_origins.k, 0), spans_total.spans, 'spans'
    from origins
    cross join spans_total
    left join span_origins on span_origins.origin = origins.origin
    union all
    select span_groups.place, measure, item, null, k, spans, 'spans'
    from span_groups cross join spans_total
    union all
    select unplaced_groups.place, measure, item, null, k, (select count(*) from unplaced), 'traces'
    from unplaced_groups
    union all
    select 61, 'first span', null, first_ns, null, null, 'unix_ns' from spans_total
    union all
    select 62, 'last span', null, last_ns, null, null, 'unix_ns' from spans_total
    union all
    select 63, 'horizon', null, $horizon_unix_ns::BIGINT, null, null, 'unix_ns' from spans_total
)

select measure, item, value, k, n, sig12(rate(k, n)) as share, unit
from facts
order by place, k desc nulls last, measure, item nulls last
