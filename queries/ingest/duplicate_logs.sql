-- The same log record twice counts once: in two files, or in one file that was copied.
delete from log_records
where log_ord in (
    select log_ord
    from log_records
    qualify row_number() over (
        partition by
            trace_id, span_id, time_unix_ns, event_name, body, scope_name,
            attribute_keys, attribute_values::varchar[], resource_keys, resource_values::varchar[]
        order by source_id, log_ord
    ) > 1
);
