-- A span as text with sorted keys, to put two bodies of one span in order.
create or replace macro span_text(record, keys) as
    cast(to_json({
        'attributes': list_zip(keys, record.attribute_values),
        'endTimeUnixNano': record.end_unix_ns,
        'events': record.events,
        'kind': record.kind,
        'links': record.links,
        'name': record.name,
        'parentSpanId': record.parent_span_id,
        'startTimeUnixNano': record.start_unix_ns,
        'status': {'code': record.status_code, 'message': record.status_message}
    }) as varchar);
