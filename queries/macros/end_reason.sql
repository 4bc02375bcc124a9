-- End reasons compare without regard to case and to how words are joined: "Idle Timeout", "idle-
-- timeout" and "idle_timeout" are one.
create or replace macro end_reason_key(reason) as
    trim(regexp_replace(lower(reason), '[^a-z0-9]+', '_', 'g'), '_');
