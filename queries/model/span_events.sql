-- /// sessiontrace
-- title = "Span events"
-- summary = "Events of spans, with their attributes."
-- grain = "one event of a span"
-- key = ["trace_id", "span_id", "position"]
-- columns = [
--   { name = "trace_id", help = "trace of the span" },
--   { name = "span_id", help = "span of the event" },
--   { name = "position", help = "1, 2, 3 in the order of the export" },
--   { name = "time", help = "timeUnixNano as a time, UTC" },
--   { name = "time_unix_ns", help = "timeUnixNano, since 1970" },
--   { name = "name", help = "name of the event" },
--   { name = "attributes", help = "attribute to its OTLP value as JSON, which keeps the type" },
--   { name = "attribute_keys", help = "keys of the attributes in the order of the export" },
--   { name = "attribute_values", help = "values of the attributes, one for each key" },
--   { name = "span_ord", help = "number of the span in this store" },
-- ]
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
