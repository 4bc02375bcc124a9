-- Where the session id of a span comes from, in the words of the reports. `source` is
-- spans.session_id_source: the step that won, then the key, as in `ancestor:session.id`; `turn:` in
-- front says that the turn above decided.
create or replace macro session_origin(source) as
    case
        when source is null or source = '' then 'missing'
        when starts_with(source, 'own:') then 'native'
        when regexp_matches(source, '^(turn:)?resource:') then 'resource'
        when regexp_matches(source, '^(turn:)?conversation:') then 'conversation'
        when regexp_matches(source, '^(turn:)?inferred:') then 'inferred'
        else 'inherited'
    end;
