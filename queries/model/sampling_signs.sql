-- /// sessiontrace
-- title = "Signs of sampling"
-- summary = "Spans and resources that say that part of the traces was not kept."
-- grain = "one sign in one trace"
-- key = ["trace_id", "sign", "place"]
-- ///
-- Only shapes that hold such a key are looked at. A share of 1 is no sign.
with span_rules as (
    select shapes.shape_hash, rules.*
    from (select shape_hash, unnest(attribute_keys) as key from span_shapes) as shapes
    inner join sampling_rules as rules on shapes.key = rules.sign
),

resource_rules as (
    select shapes.shape_hash, rules.*
    from (select shape_hash, unnest(attribute_keys) as key from resource_shapes) as shapes
    inner join sampling_rules as rules on shapes.key = rules.sign
),

found as (
    select
        records.trace_id,
        rules.*,
        'span' as place,
        any_value_of(shapes.attribute_keys, records.attribute_values, rules.sign) as value,
        any_value_of(shapes.attribute_keys, records.attribute_values, rules.other_key)
            as value_beside
    from span_records as records
    inner join span_rules as rules on records.shape_hash = rules.shape_hash
    inner join span_shapes as shapes on records.shape_hash = shapes.shape_hash
    union all
    select
        records.trace_id,
        rules.*,
        'resource',
        any_value_of(resources.attribute_keys, resources.attribute_values, rules.sign),
        any_value_of(resources.attribute_keys, resources.attribute_values, rules.other_key)
    from span_records as records
    inner join resource_records as resources on records.resource_hash = resources.resource_hash
    inner join resource_rules as rules on resources.shape_hash = rules.shape_hash
    union all
    select
        records.trace_id,
        null,
        rules.*,
        'tracestate',
        regexp_extract(records.trace_state, rules.pattern, 1),
        null
    from span_records as records
    inner join sampling_rules as rules on regexp_matches(records.trace_state, rules.pattern)
    where records.trace_state <> ''
),

measured as (
    select
        *,
        case means
            when 'probability' then to_finite(value)
            when 'one_in' then 1 / nullif(to_finite(value), 0)
            when 'percent' then to_finite(value) / 100
            when 'threshold'
                then 1 - try_cast('0x' || rpad(value, 14, '0') as bigint) / 72057594037927936.0
            when 'exponent' then pow(2, -to_finite(value))
        end as kept_share
    from found
    where
        value is not null
        and (other_key is null or value_beside = other_value)
        and (only_values is null or list_contains(only_values, value))
)

select
    trace_id,
    sign,
    place,
    bool_or(is_head) as is_head,
    min(kept_share) as kept_share
from measured
where
    (means = 'mark' and value <> '')
    or (kept_share >= 0 and kept_share < 1)
group by trace_id, sign, place
