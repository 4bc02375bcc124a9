-- The same span twice counts once: the latest end wins, then the greatest text. Only spans whose key
-- occurs more than once are ordered.
create or replace temp table duplicate_spans as
with repeated as (
    select trace_id, span_id
    from span_records
    group by trace_id, span_id
    having count(*) > 1
),

copies as (
    select
        records.span_ord,
        records.source_id,
        records.trace_id,
        records.span_id,
        records.end_unix_ns,
        span_text(records, shapes.attribute_keys) as text,
        -- The hash stands for the resource and scope; of equal bodies the first file keeps its own.
        records.resource_hash
    from span_records as records
    inner join span_shapes as shapes on records.shape_hash = shapes.shape_hash
    semi join repeated
        on records.trace_id = repeated.trace_id and records.span_id = repeated.span_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by trace_id, span_id
            order by end_unix_ns desc nulls last, text desc, resource_hash, source_id, span_ord
        ) as place,
        first_value(text) over (
            partition by trace_id, span_id
            order by end_unix_ns desc nulls last, text desc, resource_hash, source_id, span_ord
        ) as kept_text
    from copies
)

select span_ord, source_id, trace_id, span_id, text <> kept_text as is_second_body
from ranked
where place > 1
