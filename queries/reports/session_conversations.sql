-- /// sessiontrace
-- title = "Conversations of a session"
-- summary = "One session, conversation by conversation."
-- section = "session"
-- columns = [
--   { name = "conversation_id", role = "group" },
--   { name = "is_declared", role = "text", help = "the export has the id" },
--   { name = "topic", role = "text" },
--   { name = "turns", role = "value" },
--   { name = "start_time", role = "text" },
--   { name = "end_time", role = "text" },
--   { name = "max_context_tokens", role = "value" },
--   { name = "max_context_share", role = "value", unit = "share" },
--   { name = "context_limit", role = "value" },
--   { name = "max_messages_in_context", role = "value" },
--   { name = "context_checks", role = "value" },
--   { name = "prunes", role = "value", help = "NULL: pruning is not reported" },
--   { name = "messages_pruned", role = "value" },
--   { name = "declared_turns", role = "value", help = "conversation.total_turns" },
--   { name = "declared_session_id", role = "text", help = "conversation.session_id" },
-- ]
-- [parameters.session_id]
-- type = "VARCHAR"
-- help = "the session"
-- ///
select
    conversation_id,
    is_declared,
    topic,
    turns,
    start_time,
    end_time,
    max_context_tokens,
    sig12(max_context_share) as max_context_share,
    context_limit,
    max_messages_in_context,
    context_checks,
    prunes,
    messages_pruned,
    declared_turns,
    declared_session_id,
from conversations
where session_id = $session_id::VARCHAR
order by start_unix_ns nulls last, conversation_id
