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
        -- Of equal bodies the place decides, never the file: hashes are of the text as exported.
        to_json([
            to_json(list_zip(resources.attribute_keys, resources.attribute_values)),
            to_json(scopes.scope_name),
            to_json(scopes.scope_version)
        ])::varchar as place_text
    from span_records as records
    inner join span_shapes as shapes on records.shape_hash = shapes.shape_hash
    left join resource_records as resources on records.resource_hash = resources.resource_hash
    left join scope_records as scopes on records.scope_hash = scopes.scope_hash
    semi join repeated
        on records.trace_id = repeated.trace_id and records.span_id = repeated.span_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by trace_id, span_id
            order by end_unix_ns desc nulls last, text desc, place_text, source_id, span_ord
        ) as place,
        first_value(text) over (
            partition by trace_id, span_id
            order by end_unix_ns desc nulls last, text desc, place_text, source_id, span_ord
        ) as kept_text
    from copies
)

select span_ord, source_id, trace_id, span_id, text <> kept_text as is_second_body
from ranked
where place > 1
