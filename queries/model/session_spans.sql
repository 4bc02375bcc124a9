-- /// sessiontrace
-- title = "Spans of sessions"
-- summary = "Counts, bounds and the most frequent user and service of a session."
-- grain = "one session"
-- key = ["session_id"]
-- ///
-- Most frequent, ties to the earliest, then to the smallest text.
with counted as (
    select
        session_id,
        count(*) as spans,
        count(distinct trace_ord) as traces,
        min(start_unix_ns) as start_unix_ns,
        max(coalesce(end_unix_ns, start_unix_ns)) as end_unix_ns,
        min(rank) as rank,
        count(*) filter (where kind = 'agent' and agent_run_ord = span_ord) as agent_runs,
        count(*) filter (where kind = 'llm') as llm_calls,
        count(*) filter (where kind = 'tool') as tool_calls,
        count(*) filter (where kind = 'tool' and is_error) as tool_errors,
        count(*) filter (where is_error) as errors,
        min(case
            when session_id_source like 'inferred:%' then 3
            when session_id_source like 'conversation:conversation_id' then 2
            else 1
        end) as origin,
        max(case when name = 'session.end' then start_unix_ns end) as session_end_unix_ns,
        min(case when name = 'session.start' then start_unix_ns end) as session_start_unix_ns
    from span_context
    where session_id is not null
    group by session_id
),

user_counts as (
    select session_id, user_id, count(*) as spans, min(rank) as rank
    from span_context
    where session_id is not null and user_id is not null
    group by session_id, user_id
),

users_ranked as (
    select
        session_id,
        user_id,
        count(*) over (partition by session_id) as users,
        row_number() over (partition by session_id order by spans desc, rank, user_id) as place
    from user_counts
),

resource_counts as (
    select session_id, resource_hash, count(*) as spans, min(rank) as rank
    from span_context
    where session_id is not null
    group by session_id, resource_hash
),

service_counts as (
    select
        counts.session_id,
        resource.service_name,
        sum(counts.spans) as spans,
        min(counts.rank) as rank
    from resource_counts as counts
    inner join resolved_resource as resource on counts.resource_hash = resource.resource_hash
    where resource.service_name is not null
    group by counts.session_id, resource.service_name
),

services_ranked as (
    select
        session_id,
        service_name,
        count(*) over (partition by session_id) as services,
        row_number() over (partition by session_id order by spans desc, rank, service_name)
            as place
    from service_counts
),

environments as (
    select
        counts.session_id,
        arg_min(resource.environment, counts.rank) as environment,
        arg_min(resource.release, counts.rank) as release
    from resource_counts as counts
    inner join resolved_resource as resource on counts.resource_hash = resource.resource_hash
    group by counts.session_id
)

select
    counted.*,
    users_ranked.user_id,
    coalesce(users_ranked.users, 0) as users,
    services_ranked.service_name,
    coalesce(services_ranked.services, 0) as services,
    environments.environment,
    environments.release
from counted
left join users_ranked
    on counted.session_id = users_ranked.session_id and users_ranked.place = 1
left join services_ranked
    on counted.session_id = services_ranked.session_id and services_ranked.place = 1
left join environments on counted.session_id = environments.session_id
