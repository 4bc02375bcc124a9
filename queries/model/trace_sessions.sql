-- /// sessiontrace
-- title = "Sessions of traces that declare none"
-- summary = "The session that the conversation, or user and time, give to a trace without a session id."
-- grain = "one trace without a declared session that could be placed"
-- key = ["trace_ord"]
-- ///
with session_starts as (
    select session_id, min(start_unix_ns) as began
    from trace_facts
    where session_id is not null
    group by session_id
),

sessions_of_conversation as (
    select distinct facts.conversation_id, facts.session_id, session_starts.began
    from trace_facts as facts
    inner join session_starts on facts.session_id = session_starts.session_id
    where facts.conversation_id is not null
),

undeclared as (select * from trace_facts where session_id is null),

-- The latest session that began at or before the trace, else the earliest one.
by_other_traces as (
    select
        undeclared.trace_ord,
        other.session_id,
        row_number() over (
            partition by undeclared.trace_ord
            order by
                other.began > undeclared.start_unix_ns,
                case when other.began <= undeclared.start_unix_ns then -other.began end,
                other.began,
                other.session_id
        ) as place
    from undeclared
    inner join sessions_of_conversation as other
        on undeclared.conversation_id = other.conversation_id
),

by_conversation as (
    select undeclared.trace_ord, undeclared.conversation_id as session_id
    from undeclared
    where
        undeclared.conversation_id is not null
        and undeclared.trace_ord not in (select trace_ord from by_other_traces)
),

by_user as (
    select
        undeclared.*,
        max(end_unix_ns) over (
            partition by service_name, user_id
            order by start_unix_ns, trace_id
            rows between unbounded preceding and 1 preceding
        ) as latest_end
    from undeclared
    where conversation_id is null and user_id is not null and turn_rule is not null
),

cut as (
    select
        by_user.*,
        sum(
            case
                when
                    latest_end is null
                    or start_unix_ns - latest_end > (select idle_ns from model_settings)
                    then 1
                else 0
            end
        ) over (
            partition by service_name, user_id
            order by start_unix_ns, trace_id
            rows unbounded preceding
        ) as sitting
    from by_user
),

inferred as (
    select
        trace_ord,
        'inferred:' || first_value(trace_id) over (
            partition by service_name, user_id, sitting
            order by start_unix_ns, trace_id
            rows between unbounded preceding and unbounded following
        ) as session_id
    from cut
)

select trace_ord, session_id, 'conversation:other_trace' as session_id_source
from by_other_traces
where place = 1
union all
select trace_ord, session_id, 'conversation:conversation_id' as session_id_source
from by_conversation
union all
select trace_ord, session_id, 'inferred:user_and_time' as session_id_source
from inferred
