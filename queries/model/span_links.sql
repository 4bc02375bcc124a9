-- /// sessiontrace
-- title = "Span links"
-- summary = "Links from spans to other spans."
-- grain = "one link of a span"
-- key = ["trace_id", "span_id", "position"]
-- columns = [
--   { name = "trace_id", help = "trace of the span that has the link" },
--   { name = "span_id", help = "span that has the link" },
--   { name = "position", help = "1, 2, 3 in the order of the export" },
--   { name = "time", help = "always NULL: OTLP gives links no time" },
--   { name = "name", help = "always NULL: OTLP gives links no name" },
--   { name = "linked_trace_id", help = "trace that the link leads to" },
--   { name = "linked_span_id", help = "span that the link leads to" },
--   { name = "attributes", help = "attribute to its OTLP value as JSON, which keeps the type" },
-- ]
-- ///
with decoded as (
    select
        span_ord,
        trace_id,
        span_id,
        unnest(json_transform(
            links,
            '[{"traceId": "varchar", "spanId": "varchar",
               "attributes": [{"key": "varchar", "value": "json"}]}]'
        )) as link,
        generate_subscripts(json_transform(links, '["json"]'), 1) as position
    from span_records
    where links is not null
)

select
    trace_id,
    span_id,
    position,
    cast(null as timestamp_ns) as time,
    cast(null as varchar) as name,
    link.traceId as linked_trace_id,
    link.spanId as linked_span_id,
    attribute_map(
        list_transform(link.attributes, lambda attribute: attribute.key),
        list_transform(link.attributes, lambda attribute: attribute.value)
    ) as attributes
from decoded
