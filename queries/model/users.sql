-- /// sessiontrace
-- title = "Users"
-- summary = "Users by id, as exported."
-- grain = "one user id"
-- key = ["user_id"]
-- columns = [
--   { name = "user_id", help = "user id, as exported" },
--   { name = "user_id_class", help = "shape of the id: hashed, pseudonymous or raw.…" },
--   { name = "sessions", help = "sessions of the user" },
--   { name = "turns", help = "turns of those sessions" },
--   { name = "first_seen", help = "start of the first session, UTC" },
--   { name = "last_seen", help = "end of the last session, UTC" },
--   { name = "first_unix_ns", help = "start of the first session, since 1970" },
--   { name = "last_unix_ns", help = "end of the last session, since 1970" },
--   { name = "active_days", help = "days (UTC) on which a session began" },
--   { name = "tier", help = "tier of the first session that has one" },
--   { name = "org_id", help = "organisation of the first session that has one" },
--   { name = "declared_sessions_total", help = "last user.sessions_total" },
--   { name = "declared_avg_session_length", help = "last user.avg_session_length; has no unit" },
--   { name = "declared_retention_days", unit = "days", help = "last user.retention_days" },
-- ]
-- ///
with declared as (
    select
        context.user_id,
        arg_max(declared.declared_sessions_total, context.rank) as declared_sessions_total,
        arg_max(declared.declared_avg_session_length, context.rank)
            as declared_avg_session_length,
        arg_max(declared.declared_retention_days, context.rank) as declared_retention_days
    from resolved_declared as declared
    inner join span_context as context on declared.span_ord = context.span_ord
    where context.user_id is not null
    group by context.user_id
),

seen as (
    select
        user_id,
        count(*) as sessions,
        sum(turns)::bigint as turns,
        min(start_unix_ns) as first_unix_ns,
        max(end_unix_ns) as last_unix_ns,
        count(distinct start_unix_ns // 86400000000000) as active_days,
        arg_min(tier, start_unix_ns) as tier,
        arg_min(org_id, start_unix_ns) as org_id
    from sessions
    where user_id is not null
    group by user_id
)

select
    seen.user_id,
    user_id_class(seen.user_id) as user_id_class,
    seen.sessions,
    seen.turns,
    unix_ns_time(seen.first_unix_ns) as first_seen,
    unix_ns_time(seen.last_unix_ns) as last_seen,
    seen.first_unix_ns,
    seen.last_unix_ns,
    seen.active_days,
    seen.tier,
    seen.org_id,
    declared.declared_sessions_total,
    declared.declared_avg_session_length,
    declared.declared_retention_days
from seen
left join declared on seen.user_id = declared.user_id
