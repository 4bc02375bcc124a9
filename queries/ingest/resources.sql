-- Resources, scopes and shapes, each once. Built after every load, before attributes are resolved.

update log_records set shape_hash = hash(attribute_keys) where shape_hash is null;

-- Added to and never rebuilt: the span that carried a resource may have been dropped as a duplicate.
insert into resource_records
with known as (
    select resource_hash, any_value(resource) as resource
    from span_records
    where
        resource is not null
        and resource_hash not in (select resource_hash from resource_records)
    group by resource_hash
),

decoded as (
    select
        resource_hash,
        json_transform(
            resource, '{"attributes": [{"key": "varchar", "value": "json"}]}'
        ).attributes as attributes
    from known
),

listed as (
    select
        resource_hash,
        list_transform(attributes, lambda attribute: attribute.key) as attribute_keys,
        list_transform(attributes, lambda attribute: attribute.value) as attribute_values
    from decoded
)

select resource_hash, hash(attribute_keys) as shape_hash, attribute_keys, attribute_values
from listed;

insert into scope_records
with known as (
    select scope_hash, any_value(scope) as scope
    from span_records
    where scope is not null and scope_hash not in (select scope_hash from scope_records)
    group by scope_hash
)

select
    scope_hash,
    nullif(json_extract_string(scope, '$.name'), '') as scope_name,
    nullif(json_extract_string(scope, '$.version'), '') as scope_version
from known;

insert into span_shapes
select shape_hash, any_value(attribute_keys) as attribute_keys
from span_records
where shape_hash not in (select shape_hash from span_shapes)
group by shape_hash;

create or replace table resource_shapes as
select shape_hash, any_value(attribute_keys) as attribute_keys
from resource_records
group by shape_hash;

create or replace table log_shapes as
select shape_hash, any_value(attribute_keys) as attribute_keys
from log_records
group by shape_hash;
