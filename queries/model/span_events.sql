-- /// sessiontrace
-- title = "Span events"
-- summary = "Events of spans, with their attributes."
-- grain = "one event of a span"
-- key = ["trace_id", "span_id", "position"]
-- ///
with decoded as (
    select
        span_ord,
        trace_id,
        span_id,
        unnest(json_transform(
            events,
            '[{"timeUnixNano": "varchar", "name": "varchar",
               "attributes": [{"key": "varchar", "value": "json"}]}]'
        )) as event,
        generate_subscripts(json_transform(events, '["json"]'), 1) as position
    from span_records
    where events is not null
),

listed as (
    select
        span_ord,
        trace_id,
        span_id,
        position,
        try_cast(event.timeUnixNano as bigint) as time_unix_ns,
        event.name,
        list_transform(event.attributes, lambda attribute: attribute.key) as attribute_keys,
        list_transform(event.attributes, lambda attribute: attribute.value) as attribute_values
    from decoded
)

select
    trace_id,
    span_id,
    position,
    unix_ns_time(time_unix_ns) as time,
    time_unix_ns,
    name,
    attribute_map(attribute_keys, attribute_values) as attributes,
    attribute_keys,
    attribute_values,
    span_ord
from listed
