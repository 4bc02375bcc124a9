-- When a span below another opens a turn. `above_*` is what its parent resolved to.

-- By a turn's name or id: inside an open turn only another number, or, without two numbers to
-- compare, another id opens the next one.
create or replace macro opens_named_turn(
    is_lifecycle, is_turn_span, turn_id, turn_number, above_anchor, above_id, above_number
) as
    not is_lifecycle
    and (is_turn_span or turn_id is not null)
    and (
        above_anchor is null
        or case
            when turn_number is not null and above_number is not null
                then turn_number <> above_number
            else coalesce(turn_id <> above_id, false)
        end
    );

-- By a number that differs from the one above; a copy of it never does.
create or replace macro opens_numbered_turn(is_lifecycle, turn_number, above_number) as
    not is_lifecycle
    and turn_number is not null
    and turn_number is distinct from above_number;
