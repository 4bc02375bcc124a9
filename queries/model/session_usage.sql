-- /// sessiontrace
-- title = "Usage of sessions"
-- summary = "Tokens and cost of a session, each counted once."
-- grain = "one session"
-- key = ["session_id"]
-- ///
select
    session_id,
    sum(input_tokens)::bigint as input_tokens,
    sum(output_tokens)::bigint as output_tokens,
    sum(total_tokens)::bigint as total_tokens,
    sum(cached_input_tokens)::bigint as cached_input_tokens,
    sum(reasoning_tokens)::bigint as reasoning_tokens,
    sum(cost_usd)::decimal(18, 9) as cost_usd,
    count(*) as calls_with_usage
from usage_records
where is_counted and session_id is not null
group by session_id
