-- /// sessiontrace
-- title = "Conversations"
-- summary = "Threads inside a session; a session without conversation ids is one."
-- grain = "one conversation of a session"
-- key = ["session_id", "conversation_id"]
-- columns = [
--   { name = "session_id", help = "session of the conversation" },
--   { name = "conversation_id", help = "conversation id; the session id where there is none" },
--   { name = "is_declared", help = "the export has a conversation id" },
--   { name = "topic", help = "first conversation.topic" },
--   { name = "turns", help = "turns of the conversation" },
--   { name = "start_time", help = "start of its first turn, else of its first span, UTC" },
--   { name = "end_time", help = "end of its last turn, else of its last span, UTC" },
--   { name = "start_unix_ns", help = "the same start, since 1970" },
--   { name = "end_unix_ns", help = "the same end, since 1970" },
--   { name = "max_context_tokens", help = "fullest moment of the context window" },
--   { name = "max_context_share", help = "fullest moment of the context window; 0..1" },
--   { name = "context_limit", unit = "tokens", help = "largest context.limit" },
--   { name = "max_messages_in_context", help = "largest conversation.messages_in_context" },
--   { name = "context_checks", help = "spans that carry context.pruned" },
--   { name = "prunes", help = "spans with context.pruned true; NULL without any check" },
--   { name = "messages_pruned", help = "sum of context.messages_pruned" },
--   { name = "declared_turns", help = "largest conversation.total_turns" },
--   { name = "declared_session_id", help = "first conversation.session_id" },
-- ]
-- ///
with context_values as (
    select
        context.session_id,
        context.conversation_id,
        context.rank,
        declared.topic,
        declared.declared_conversation_total_turns,
        declared.conversation_session_id,
        declared.context_tokens,
        declared.context_share,
        declared.context_limit,
        declared.context_pruned,
        declared.messages_pruned,
        declared.messages_in_context
    from (
        select
            resolved_declared.*,
            resolved_identity.conversation_session_id
        from resolved_declared
        inner join resolved_identity on resolved_declared.span_ord = resolved_identity.span_ord
    ) as declared
    inner join span_context as context on declared.span_ord = context.span_ord
    where context.session_id is not null
),

declared as (
    select
        session_id,
        conversation_id,
        arg_min(topic, rank) as topic,
        max(declared_conversation_total_turns) as declared_turns,
        arg_min(conversation_session_id, rank) as declared_session_id,
        max(context_tokens) as max_context_tokens,
        max(
            coalesce(
                context_share,
                case when context_limit > 0 then context_tokens / context_limit::double end
            )
        ) as max_context_share,
        max(context_limit) as context_limit,
        max(messages_in_context) as max_messages_in_context,
        count(*) filter (where context_pruned is not null) as context_checks,
        count(*) filter (where context_pruned) as prunes,
        sum(messages_pruned)::bigint as messages_pruned
    from context_values
    group by session_id, conversation_id
),

exchanged as (
    select
        session_id,
        conversation_id,
        count(*) as turns,
        min(start_unix_ns) as start_unix_ns,
        max(end_unix_ns) as end_unix_ns
    from turns
    where session_id is not null
    group by session_id, conversation_id
),

mentioned as (
    select
        session_id,
        conversation_id,
        min(start_unix_ns) as start_unix_ns,
        max(coalesce(end_unix_ns, start_unix_ns)) as end_unix_ns
    from span_context
    where session_id is not null
    group by session_id, conversation_id
),

-- Spans without a conversation id beside others that have one are no conversation of their own.
kept as (
    select
        mentioned.*,
        max(case when mentioned.conversation_id is not null then 1 else 0 end) over (
            partition by mentioned.session_id
        ) as has_ids
    from mentioned
)

select
    kept.session_id,
    coalesce(kept.conversation_id, kept.session_id) as conversation_id,
    kept.conversation_id is not null as is_declared,
    declared.topic,
    coalesce(exchanged.turns, 0) as turns,
    unix_ns_time(coalesce(exchanged.start_unix_ns, kept.start_unix_ns)) as start_time,
    unix_ns_time(coalesce(exchanged.end_unix_ns, kept.end_unix_ns)) as end_time,
    coalesce(exchanged.start_unix_ns, kept.start_unix_ns) as start_unix_ns,
    coalesce(exchanged.end_unix_ns, kept.end_unix_ns) as end_unix_ns,
    declared.max_context_tokens,
    declared.max_context_share,
    declared.context_limit,
    declared.max_messages_in_context,
    declared.context_checks,
    case when declared.context_checks > 0 then declared.prunes end as prunes,
    declared.messages_pruned,
    declared.declared_turns,
    declared.declared_session_id
from kept
left join exchanged
    on
        kept.session_id = exchanged.session_id
        and kept.conversation_id is not distinct from exchanged.conversation_id
left join declared
    on
        kept.session_id = declared.session_id
        and kept.conversation_id is not distinct from declared.conversation_id
where kept.conversation_id is not null or kept.has_ids = 0 or exchanged.turns > 0
