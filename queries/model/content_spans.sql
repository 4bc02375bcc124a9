-- /// sessiontrace
-- title = "Content on spans"
-- summary = "Attributes that hold what people and models said, with their size and messages."
-- grain = "one content attribute of a span"
-- key = ["span_ord", "key"]
-- ///
-- Only shapes with such a key are looked at. Messages are counted where the value lists them.
with keys as (
    select
        shapes.shape_hash,
        shapes.key,
        min(shapes.place) as position,
        min(content_keys.shape) as shape
    from (
        select
            shape_hash,
            unnest(attribute_keys) as key,
            generate_subscripts(attribute_keys, 1) as place
        from span_shapes
    ) as shapes
    inner join content_keys
        on content_keys.place = 'span' and regexp_full_match(shapes.key, content_keys.pattern)
    group by shapes.shape_hash, shapes.key
),

found as (
    select
        records.span_ord,
        keys.key,
        keys.shape,
        records.attribute_values[keys.position] as value
    from span_records as records
    inner join keys on records.shape_hash = keys.shape_hash
),

read as (
    select
        *,
        any_value_text(value) as text
    from found
),

listed as (
    select
        * exclude (text),
        strlen(coalesce(text, cast(value as varchar))) as bytes,
        case
            when shape = 'messages' and starts_with(text, '[') and json_valid(text) then text
            when shape = 'messages' and starts_with(text, '{') and json_valid(text)
                then coalesce(text -> '$.messages', text -> '$.contents')
        end as messages_json
    from read
)

select
    listed.span_ord,
    context.trace_id,
    context.span_id,
    context.session_id,
    context.conversation_id,
    turns.turn_index,
    listed.key,
    listed.shape,
    len(list_filter(
        json_extract_string(listed.messages_json, '$[*].role'),
        lambda role: role in ('user', 'human')
    )) as user_messages,
    json_array_length(listed.messages_json)::bigint as messages,
    listed.bytes,
    context.kind,
    context.rank
from listed
inner join span_context as context on listed.span_ord = context.span_ord
left join turn_keys on context.anchor_ord = turn_keys.anchor_ord
left join turns on turn_keys.turn_ord = turns.turn_ord
