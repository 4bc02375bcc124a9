-- /// sessiontrace
-- title = "Parts to turns"
-- summary = "Which turn each topmost span belongs to; turns numbered in time."
-- grain = "one topmost span of a turn"
-- key = ["anchor_ord"]
-- ///
with ranked as (
    select turn_key, min(rank) as first_rank
    from turn_parts
    group by turn_key
),

numbered as (
    select turn_key, row_number() over (order by first_rank) as turn_ord
    from ranked
)

select parts.anchor_ord, numbered.turn_ord
from turn_parts as parts
inner join numbered on parts.turn_key = numbered.turn_key
