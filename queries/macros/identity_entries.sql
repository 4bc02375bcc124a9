-- The three ids of a span, log record or resource as rows of one list.
create or replace macro identity_entries(
    session_id, session_id_key, conversation_id, conversation_id_key, user_id, user_id_key
) as [
    {'field': 'session_id', 'value': session_id, 'key': session_id_key},
    {'field': 'conversation_id', 'value': conversation_id, 'key': conversation_id_key},
    {'field': 'user_id', 'value': user_id, 'key': user_id_key}
];
