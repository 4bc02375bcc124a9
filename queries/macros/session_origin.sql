-- Where the session id of a span comes from, in the words of the reports. `source` is
-- spans.session_id_source: the step that won, then the key, as in `ancestor:session.id`.
create or replace macro session_origin(source) as
    case
        when source is null or source = '' then 'missing'
        when regexp_matches(source, '^(own|native|span)\b') then 'native'
        when regexp_matches(source, '^(resource)\b') then 'resource'
        when regexp_matches(source, '^(conversation)\b') then 'conversation'
        when regexp_matches(source, '^(inferred)\b') then 'inferred'
        else 'inherited'
    end;
