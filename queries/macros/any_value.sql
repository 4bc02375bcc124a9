-- Reading OTLP attribute values. A value is AnyValue JSON with one member: {"stringValue":"a"}.

create or replace macro any_value_is_strict(value) as
    value is not null
    and (
        starts_with(value, '{"stringValue":')
        or starts_with(value, '{"intValue":')
        or starts_with(value, '{"boolValue":')
        or starts_with(value, '{"doubleValue":')
        or starts_with(value, '{"arrayValue":')
        or starts_with(value, '{"kvlistValue":')
        or starts_with(value, '{"bytesValue":')
        or value = '{}'
    );

-- A scalar as text; NULL for arrays, maps and bytes. The test for NULL comes first because most
-- columns of most spans are.
create or replace macro any_value_text(value) as
    case
        when value is null then null
        when starts_with(value, '{"stringValue":') then json_extract_string(value, '$.stringValue')
        when starts_with(value, '{"intValue":') then json_extract_string(value, '$.intValue')
        when starts_with(value, '{"boolValue":') then json_extract_string(value, '$.boolValue')
        when starts_with(value, '{"doubleValue":') then json_extract_string(value, '$.doubleValue')
    end;

-- The last element of an array, a scalar as it is: of several finish reasons the last one counts.
-- `text` is any_value_text(value); a list may also be JSON text.
create or replace macro any_value_last(value, text) as
    case
        when starts_with(value, '{"arrayValue":') then nullif(coalesce(
            json_extract_string(value, '$.arrayValue.values[#-1].stringValue'),
            json_extract_string(value, '$.arrayValue.values[#-1].intValue')
        ), '')
        when starts_with(text, '[') and json_valid(text)
            then nullif(json_extract_string(text, '$[#-1]'), '')
        else nullif(text, '')
    end;

-- A value as plain JSON: scalars and arrays of scalars; what is nested deeper keeps its OTLP form.
create or replace macro any_value_json(value) as
    case
        when starts_with(value, '{"stringValue":') then json_extract(value, '$.stringValue')
        when starts_with(value, '{"intValue":')
            then cast(json_extract_string(value, '$.intValue') as json)
        when starts_with(value, '{"boolValue":') then json_extract(value, '$.boolValue')
        when starts_with(value, '{"doubleValue":') then json_extract(value, '$.doubleValue')
        when starts_with(value, '{"arrayValue":') then coalesce(
            json_extract(value, '$.arrayValue.values'), cast('[]' as json)
        )
        when starts_with(value, '{"kvlistValue":') then coalesce(
            json_extract(value, '$.kvlistValue.values'), cast('[]' as json)
        )
        when starts_with(value, '{"bytesValue":') then cast(value as json)
        else cast('null' as json)
    end;

-- A member of JSON text: Langfuse's usage_details, OpenInference's metadata. Text that is no JSON has
-- no members. `text` is any_value_text(value).
create or replace macro json_member(value, text, path) as
    case when starts_with(text, '{') and json_valid(text) then json_extract_string(text, path) end;

-- JSON text such as "\"abc\"" decoded once; anything else as it is.
create or replace macro json_text_decoded(text) as
    case
        when starts_with(text, '"') and json_valid(text) then json_extract_string(text, '$')
        else text
    end;

-- Text that can be an identifier: neither empty, nor a placeholder, nor a redaction mark. Nearly all
-- real values are long and begin with a letter or digit that no pattern begins with, and pass
-- without the list (30 values) and the expression being tried.
create or replace macro usable_text(text, placeholders, patterns) as
    case
        when text is null or text = '' then null
        when strlen(text) > 24 and text[1] not in (
            '[', '<', '(', '{', '$', '*', '-', '_', '.', ' ', '0', 'x', 'X', 'r', 'R', 'm', 'M', '"'
        ) then text
        when trim(text) = '' or list_contains(placeholders, lower(trim(text))) then null
        when regexp_full_match(trim(text), patterns) then null
        when starts_with(text, '"') then nullif(json_text_decoded(text), '')
        else text
    end;

-- The tests for NULL save the casts on the many spans without the attribute.
create or replace macro to_integer(text) as
    case
        when text is not null then coalesce(
            try_cast(text as bigint),
            case
                when try_cast(text as double) = floor(try_cast(text as double))
                    then try_cast(try_cast(text as double) as bigint)
            end
        )
    end;

create or replace macro to_finite(text) as
    case
        when text is null then null
        when isfinite(try_cast(text as double)) then try_cast(text as double)
    end;

create or replace macro to_boolean(text) as
    case
        when text is null then null
        when text = 'true' then true
        when text = 'false' then false
        when lower(text) in ('true', '1', 'yes') then true
        when lower(text) in ('false', '0', 'no') then false
    end;

-- A time without an offset is UTC, as Python's datetime.utcnow().isoformat() writes it.
create or replace macro to_utc_timestamp(text) as
    timezone('UTC', try_cast(text as timestamptz));

create or replace macro unix_ns_time(ns) as make_timestamp_ns(ns);

-- Attributes as a map from key to plain JSON, the first of duplicate keys. A map with a duplicate or
-- NULL key would be an error, so those are taken out first.
create or replace macro attribute_map(keys, vals) as
    map_from_entries(list_transform(
        list_filter(
            list_zip(keys, vals, range(1, coalesce(len(keys), 0) + 1)),
            lambda entry: entry[1] is not null and list_position(keys, entry[1]) = entry[3]
        ),
        lambda entry: {'k': entry[1], 'v': any_value_json(entry[2])}
    ));

-- The scalar under a key, as text.
create or replace macro any_value_of(keys, vals, key) as any_value_text(vals[list_position(keys, key)]);
