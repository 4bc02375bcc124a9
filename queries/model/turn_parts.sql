-- /// sessiontrace
-- title = "Parts of turns"
-- summary = "What one trace contributes to a turn: the spans below one topmost span."
-- grain = "one topmost span of a turn"
-- key = ["anchor_ord"]
-- ///
-- Spans of one turn id, or of one number with different roles or overlapping in time, are one turn;
-- the same number later in the same role is another one.
with spans_of_part as (
    select
        anchor_ord,
        min(start_unix_ns) as start_unix_ns,
        max(coalesce(end_unix_ns, start_unix_ns)) as end_unix_ns,
        min(rank) as rank,
        count(*) as spans
    from span_context
    where anchor_ord is not null
    group by anchor_ord
),

declared_ranks as (
    select
        context.anchor_ord,
        min(case when declared.turn_number is not null then context.rank end) as number_rank,
        min(case when declared.turn_id is not null then context.rank end) as id_rank,
        min(case when declared.turn_role is not null then context.rank end) as role_rank
    from span_context as context
    inner join resolved_declared as declared on context.span_ord = declared.span_ord
    where
        context.anchor_ord is not null
        and (
            declared.turn_number is not null
            or declared.turn_id is not null
            or declared.turn_role is not null
        )
    group by context.anchor_ord
),

declared as (
    select
        declared_ranks.anchor_ord,
        numbers.own_turn_number as turn_number,
        number_keys.turn_number_key,
        ids.own_turn_id as turn_id,
        lower(roles.turn_role) as turn_role
    from declared_ranks
    left join span_context as numbers on declared_ranks.number_rank = numbers.rank
    left join resolved_declared as number_keys on numbers.span_ord = number_keys.span_ord
    left join span_context as ids on declared_ranks.id_rank = ids.rank
    left join span_context as role_spans on declared_ranks.role_rank = role_spans.rank
    left join resolved_declared as roles on role_spans.span_ord = roles.span_ord
),

parts as (
    select
        topmost.span_ord as anchor_ord,
        topmost.trace_ord,
        topmost.trace_id,
        topmost.span_id,
        topmost.turn_rule,
        topmost.session_id,
        topmost.conversation_id,
        topmost.user_id,
        topmost.is_error,
        coalesce(topmost.turn_number, declared.turn_number) as turn_number,
        declared.turn_number_key,
        declared.turn_id,
        declared.turn_role,
        spans_of_part.start_unix_ns,
        spans_of_part.end_unix_ns,
        spans_of_part.rank,
        spans_of_part.spans,
        coalesce(topmost.session_id, '') || chr(31) || coalesce(topmost.conversation_id, '')
        || case
            when topmost.session_id is null and topmost.conversation_id is null
                then chr(31) || topmost.trace_id
            else ''
        end as conversation_key
    from spans_of_part
    inner join span_context as topmost on spans_of_part.anchor_ord = topmost.span_ord
    left join declared on spans_of_part.anchor_ord = declared.anchor_ord
),

followed as (
    select
        parts.*,
        max(end_unix_ns) over (
            partition by conversation_key, turn_number, turn_role
            order by rank
            rows between unbounded preceding and 1 preceding
        ) as latest_end
    from parts
    where turn_id is null and turn_number is not null
),

numbered as (
    select
        anchor_ord,
        sum(case when latest_end is null or start_unix_ns > latest_end then 1 else 0 end) over (
            partition by conversation_key, turn_number, turn_role
            order by rank
            rows unbounded preceding
        ) as occurrence
    from followed
)

select
    parts.*,
    case
        when parts.turn_id is not null then 'id' || chr(31) || parts.conversation_key
            || chr(31) || parts.turn_id
        when numbered.occurrence is not null then 'number' || chr(31) || parts.conversation_key
            || chr(31) || parts.turn_number || chr(31) || numbered.occurrence
            || case when parts.turn_role is null then chr(31) || 'no role' else '' end
        else 'trace' || chr(31) || parts.trace_id || chr(31) || parts.span_id
    end as turn_key
from parts
left join numbered on parts.anchor_ord = numbered.anchor_ord
