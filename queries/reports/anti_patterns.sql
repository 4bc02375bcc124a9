-- /// sessiontrace
-- title = "Anti-patterns"
-- summary = "Five habits that make traces useless or dangerous, each with a count and an example."
-- section = "anti_patterns"
-- columns = [
--   { name = "anti_pattern", role = "group" },
--   { name = "violations", role = "k" },
--   { name = "checked", role = "n" },
--   { name = "share", role = "value", unit = "share", help = "violations / checked" },
--   { name = "unit", role = "unit", help = "what is counted" },
--   { name = "example_span", role = "text", help = "trace id / span id" },
--   { name = "example_value", role = "text", help = "raw: mask before it is shown" },
--   { name = "example_note", role = "text", help = "what the example shows, without values" },
--   { name = "not_checked", role = "text", help = "why nothing was checked" },
--   { name = "fix", role = "text" },
-- ]
-- ///
--
-- Every check is a list of things looked at, one row each, with the earliest violation as example.
-- What has no session (orphans) is looked at too, whatever the filters select: a filter on sessions
-- cannot say that it is unwanted.
--
-- Full history: a model call that logs two or more user messages logs earlier turns again. Where
-- roles cannot be read, the log must grow with every turn: by 1.5 messages a turn over three turns,
-- or in bytes over five turns to three times the start. Texts of random length grow over five turns
-- once in 120 conversations, and fewer reach the factor of three.
with

patterns as (
    select * from (values
        (1, 'full history logged', 'spans', 'no span carries message content',
            'Log lengths and types (turn.input_length, turn.input_type) and switch content'
            || ' capture off; where content is needed, log the new message only.'),
        (2, 'no session linking', 'traces', 'no trace holds a turn',
            'Set session.id on the root span of every trace, or conversation.id where one'
            || ' conversation is one session.'),
        (3, 'no turn numbers', 'turns', 'no turns',
            'Set conversation.turn_number (1, 2, 3 ...) on the span of every turn.'),
        (4, 'no drop-off detection', 'sessions', 'no settled sessions',
            'Emit a session.end span with session.end_reason, and session.inactive_timeout or'
            || ' dropoff.detected when the user is gone.'),
        (5, 'user id not hashed', 'users', 'no span carries a user id',
            'Set user.id to a keyed hash (HMAC-SHA-256) of the id; a bare hash of an e-mail or'
            || ' a number can be reversed by trying.')
    ) as named(place, anti_pattern, unit, nothing, fix)
),

contents as (
    select *, coalesce(conversation_id, '') as conversation_key
    from content_spans
    where session_id is null or session_id in (select session_id from selected_sessions)
),

logged_turns as (
    select session_id, conversation_key, key, turn_index,
        max(messages) as messages, max(bytes) as bytes
    from contents
    where session_id is not null and turn_index is not null
    group by session_id, conversation_key, key, turn_index
),

growth as (
    select
        *,
        messages - lag(messages) over (
            partition by session_id, conversation_key, key order by turn_index
        ) as more_messages,
        bytes - lag(bytes) over (
            partition by session_id, conversation_key, key order by turn_index
        ) as more_bytes,
    from logged_turns
),

growing as (
    select session_id, conversation_key, key, min(turn_index) as first_turn
    from growth
    group by session_id, conversation_key, key
    having (
        count(*) >= 3
        and min(more_messages) > 0
        and sum(more_messages) >= 1.5 * (count(*) - 1)
    )
    or (count(*) >= 5 and min(more_bytes) > 0 and max(bytes) > 3 * min(bytes))
),

judged_contents as (
    select
        contents.*,
        coalesce(contents.user_messages >= 2, false)
            or coalesce(contents.turn_index > growing.first_turn, false) as is_violation,
    from contents
    left join growing
        on growing.session_id = contents.session_id
        and growing.conversation_key = contents.conversation_key
        and growing.key = contents.key
),

-- `moment` orders the examples. A trace, a session and a user are shown by a turn of theirs.
checks as (
    select
        1 as place,
        max(case when is_violation then 1 else 0 end) = 1 as is_violation,
        min(rank) as moment,
        trace_id,
        span_id,
        cast(null as varchar) as value,
        max(case when is_violation
            then coalesce(
                cast(messages as varchar) || ' messages in ' || key,
                cast(bytes as varchar) || ' bytes in ' || key,
                key
            )
        end) as note,
    from judged_contents
    group by trace_id, span_id
    union all
    select 2, is_unlinked, start_unix_ns, trace_id, span_id, session_id,
        case when session_id is not null then 'inferred' end
    from (
        select
            turns.*,
            turns.session_id is null or sessions.session_source = 'inferred' as is_unlinked,
            row_number() over (
                partition by turns.trace_id
                order by sessions.session_source = 'inferred' nulls last, turns.start_unix_ns,
                    turns.span_id
            ) as place_within,
        from turns
        left join sessions on sessions.session_id = turns.session_id
        where turns.session_id is null
            or turns.session_id in (select session_id from selected_sessions)
    ) as turns_of_traces
    where place_within = 1
    union all
    select 3, turn_number_source is null, start_unix_ns, trace_id, span_id, turn_id, null
    from turns
    where session_id is null or session_id in (select session_id from selected_sessions)
    union all
    select 4,
        not (
            end_reason is not null
            or coalesce(has_end, false)
            or coalesce(declared_dropoff, false)
            or coalesce(declared_inactive_timeout, false)
        ),
        selected_sessions.end_unix_ns, last_turns.trace_id, last_turns.span_id,
        selected_sessions.session_id, null
    from selected_sessions
    left join turns as last_turns
        on last_turns.session_id = selected_sessions.session_id
        and last_turns.turn_index = selected_sessions.last_turn_index
    where not is_censored and coalesce(type, '') <> 'batch'
    union all
    select 5, users.user_id_class like 'raw.%', users.first_unix_ns, first_turns.trace_id,
        first_turns.span_id, users.user_id, null
    from users
    left join (
        select user_id, trace_id, span_id,
            row_number() over (
                partition by user_id order by start_unix_ns, trace_id, span_id
            ) as place
        from turns
        where user_id in (select user_id from users where user_id_class like 'raw.%')
    ) as first_turns on first_turns.user_id = users.user_id and first_turns.place = 1
    where users.user_id in (select user_id from selected_sessions)
        or users.user_id not in (select user_id from sessions where user_id is not null)
),

counts as (
    select place, count(*) as checked, count(*) filter (where is_violation) as violations
    from checks
    group by place
),

examples as (
    select *
    from (
        select
            checks.*,
            row_number() over (
                partition by place
                order by moment nulls last, trace_id nulls last, span_id nulls last,
                    value nulls last
            ) as place_within,
        from checks
        where is_violation
    ) as violations
    where place_within = 1
)

select
    patterns.anti_pattern,
    coalesce(counts.violations, 0) as violations,
    coalesce(counts.checked, 0) as checked,
    sig12(rate(counts.violations, counts.checked)) as share,
    patterns.unit,
    examples.trace_id || '/' || examples.span_id as example_span,
    examples.value as example_value,
    examples.note as example_note,
    case when counts.checked is null then patterns.nothing end as not_checked,
    patterns.fix,
from patterns
left join counts on counts.place = patterns.place
left join examples on examples.place = patterns.place
order by patterns.place
