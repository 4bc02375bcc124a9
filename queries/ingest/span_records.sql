-- The fast lane: strict OTLP/JSON, one TracesData a line, into span_records.
--
-- One typed read_json parses each byte once. records = 'true' matters: the default sniffs the first
-- 20,480 lines on one thread, which are the whole file when a line is a batch of 200 spans (6 s of
-- 10 s on 530 MB). A value keeps its AnyValue JSON, hence its OTLP type.
--
-- `is_odd` marks what the tolerant reader has to look at again: an id that is not lower-case hex of
-- the right length, a time or an enum that is not a number. The loader then takes the whole file
-- through that reader.
insert into span_records by name
with lines as (
    select
        nextval('line_id_seq') as line_id,
        batch_files.source_id,
        document.resourceSpans as resource_spans,
        -- read_json gives NULL where it expects a list and finds something else.
        len(list_filter(
            document.resourceSpans,
            lambda resource_span: resource_span is null or resource_span.scopeSpans is null
        )) > 0 as is_line_odd
    from read_json(
        $files,
        format = 'newline_delimited',
        records = 'true',
        ignore_errors = true,
        filename = true,
        maximum_object_size = {maximum_object_size},
        columns = {{
            'resourceSpans': 'struct(
                resource json,
                "scopeSpans" struct(
                    scope json,
                    spans struct(
                        "traceId" varchar, "spanId" varchar, "parentSpanId" varchar,
                        "parent_span_id" varchar,
                        "traceState" varchar, name varchar, kind varchar, flags varchar,
                        "startTimeUnixNano" varchar, "endTimeUnixNano" varchar,
                        attributes struct(key varchar, value json)[],
                        events json, links json, status struct(code varchar, message varchar)
                    )[]
                )[]
            )[]'
        }}
    ) as document
    inner join batch_files on batch_files.plain_path = document.filename
),

resources as (
    select line_id, source_id, is_line_odd, unnest(resource_spans) as resource_span
    from lines
),

scopes as (
    select
        line_id,
        source_id,
        is_line_odd
        or len(list_filter(
            resource_span.scopeSpans,
            lambda scope_span: scope_span is null or scope_span.spans is null
        )) > 0 as is_group_odd,
        resource_span.resource,
        hash(resource_span.resource) as resource_hash,
        unnest(resource_span.scopeSpans) as scope_span
    from resources
),

spans as (
    select
        line_id,
        source_id,
        is_group_odd,
        resource,
        resource_hash,
        scope_span.scope,
        hash(scope_span.scope) as scope_hash,
        unnest(scope_span.spans) as span,
        generate_subscripts(scope_span.spans, 1) as position
    from scopes
),

keyed as (
    select
        *,
        list_transform(span.attributes, lambda attribute: attribute.key) as attribute_keys
    from spans
)

select
    nextval('span_ord_seq') as span_ord,
    source_id,
    line_id,
    resource_hash,
    scope_hash,
    case when position = 1 then resource end as resource,
    case when position = 1 then scope end as scope,
    span.traceId as trace_id,
    span.spanId as span_id,
    nullif(span.parentSpanId, '') as parent_span_id,
    nullif(span.traceState, '') as trace_state,
    coalesce(span.name, '') as name,
    try_cast(coalesce(span.kind, '0') as tinyint) as kind,
    nullif(try_cast(span.startTimeUnixNano as bigint), 0) as start_unix_ns,
    nullif(try_cast(span.endTimeUnixNano as bigint), 0) as end_unix_ns,
    try_cast(coalesce(span.status.code, '0') as tinyint) as status_code,
    nullif(span.status.message, '') as status_message,
    try_cast(span.flags as bigint) as flags,
    hash(attribute_keys) as shape_hash,
    attribute_keys,
    list_transform(span.attributes, lambda attribute: attribute.value) as attribute_values,
    nullif(span.events::varchar, '[]') as events,
    nullif(span.links::varchar, '[]') as links,
    coalesce(
        is_group_odd
        or span.parent_span_id is not null
        or strlen(span.traceId) <> 32
        or strlen(span.spanId) <> 16
        or coalesce(strlen(span.parentSpanId), 0) not in (0, 16)
        or coalesce(span.parentSpanId, '') = '0000000000000000'
        or span.traceId <> lower(span.traceId)
        or span.spanId <> lower(span.spanId)
        or try_cast(span.startTimeUnixNano as bigint) is null
        or try_cast(span.endTimeUnixNano as bigint) is null
        or coalesce(try_cast(coalesce(span.kind, '0') as tinyint), 9) not between 0 and 5
        or coalesce(try_cast(coalesce(span.status.code, '0') as tinyint), 9) not between 0 and 2,
        true
    ) as is_odd
from keyed
