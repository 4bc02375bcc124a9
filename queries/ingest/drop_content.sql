-- load --no-content: KEY.length with the number of characters in place of KEY.
--
-- Runs after the files are read and before the model is built: only records of this load still have
-- their keys beside them. {{span_keys}} and {{event_keys}} come from registry/content_keys.toml.
create or replace temp macro is_span_content(key) as regexp_full_match(key, {span_keys});

create or replace temp macro is_event_content(event_name, key) as
    coalesce({event_keys}, false) or is_span_content(key);

create or replace temp macro value_length(value) as
    length(coalesce(any_value_text(value), cast(value as varchar)));

create or replace temp macro length_value(value) as
    cast('{{"intValue":"' || coalesce(value_length(value), 0) || '"}}' as json);

create or replace temp table content_shapes as
select shape_hash, any_value(attribute_keys) as attribute_keys
from span_records
where attribute_keys is not null
group by shape_hash
having len(list_filter(any_value(attribute_keys), lambda key: is_span_content(key))) > 0;

update span_records set
    attribute_values = list_transform(
        attribute_values,
        lambda value, place: case
            when is_span_content(attribute_keys[place]) then length_value(value) else value
        end
    ),
    attribute_keys = list_transform(
        attribute_keys, lambda key: case when is_span_content(key) then key || '.length' else key end
    )
where attribute_keys is not null and shape_hash in (select shape_hash from content_shapes);

update span_records set shape_hash = hash(attribute_keys)
where attribute_keys is not null and shape_hash in (select shape_hash from content_shapes);

update span_records set events = to_json(list_transform(
    json_transform(
        events,
        '[{{"timeUnixNano": "varchar", "name": "varchar", "droppedAttributesCount": "bigint",
            "attributes": [{{"key": "varchar", "value": "json"}}]}}]'
    ),
    lambda event: {{
        'timeUnixNano': event.timeUnixNano,
        'name': event.name,
        'droppedAttributesCount': event.droppedAttributesCount,
        'attributes': list_transform(
            event.attributes,
            lambda attribute: case
                when is_event_content(event.name, attribute.key)
                    then {{
                        'key': attribute.key || '.length', 'value': length_value(attribute.value)
                    }}
                else attribute
            end
        )
    }}
))
where attribute_keys is not null and events is not null;

update log_records set
    attribute_values = list_transform(
        attribute_values,
        lambda value, place: case
            when is_event_content(event_name, attribute_keys[place]) then length_value(value)
            else value
        end
    ),
    attribute_keys = list_transform(
        attribute_keys,
        lambda key: case when is_event_content(event_name, key) then key || '.length' else key end
    )
where shape_hash is null;

-- The body of a log record is what somebody said, unless it is the name of an event.
update log_records set
    attribute_values = list_append(
        attribute_values, cast('{{"intValue":"' || length(body) || '"}}' as json)
    ),
    attribute_keys = list_append(attribute_keys, 'body.length'),
    body = null
where
    shape_hash is null and body is not null
    and body not in ('session.start', 'session.end', 'gen_ai.evaluation.result');
