-- Everything the loader itself writes. The model is built from these tables alone.

create table if not exists store_meta (key varchar primary key, value varchar);

create sequence if not exists source_id_seq;
create sequence if not exists line_id_seq;
create sequence if not exists span_ord_seq;
create sequence if not exists log_ord_seq;

create table if not exists source_files (
    source_id integer primary key,
    path varchar,
    container varchar,
    producer varchar,
    compression varchar,
    bytes bigint,
    digest varchar,
    records bigint,
    loaded bigint,
    empty bigint,
    other_signal bigint,
    rejected bigint,
    spans_seen bigint,
    duplicate_spans bigint,
    rejected_spans bigint,
    log_records bigint,
    log_records_seen bigint,
    rejected_log_records bigint
);

create table if not exists rejects (
    source_id integer,
    line_no bigint,
    pointer varchar,
    reason varchar,
    detail varchar
);

create table if not exists ingest_notes (
    source_id integer,
    trace_id varchar,
    span_id varchar,
    code varchar,
    key varchar,
    detail varchar
);

-- One span as it was exported. `resource` and `scope` stand on the first span of each group of a
-- line only: they repeat on every span otherwise, half a kilobyte each; the hash joins them back.
-- `shape_hash` is the hash of the list of keys: spans of one instrumentation share it.
create table if not exists span_records (
    span_ord bigint,
    source_id integer,
    line_id bigint,
    resource_hash ubigint,
    scope_hash ubigint,
    resource json,
    scope json,
    trace_id varchar,
    span_id varchar,
    parent_span_id varchar,
    trace_state varchar,
    name varchar,
    kind tinyint,
    start_unix_ns bigint,
    end_unix_ns bigint,
    status_code tinyint,
    status_message varchar,
    flags bigint,
    shape_hash ubigint,
    attribute_keys varchar[],
    attribute_values json[],
    events json,
    links json,
    is_odd boolean
);

create table if not exists log_records (
    log_ord bigint default nextval('log_ord_seq'),
    source_id integer,
    trace_id varchar,
    span_id varchar,
    time_unix_ns bigint,
    event_name varchar,
    body varchar,
    shape_hash ubigint,
    attribute_keys varchar[],
    attribute_values json[],
    resource_keys varchar[],
    resource_values json[],
    scope_name varchar
);

-- The keys of a span leave span_records once span_shapes has them (see building.py): repeated on
-- every span they take 190 MB for 440,000 spans. A load puts the column back for its own spans.
alter table span_records add column if not exists attribute_keys varchar[];

create table if not exists span_shapes (shape_hash ubigint, attribute_keys varchar[]);

create table if not exists resource_records (
    resource_hash ubigint,
    shape_hash ubigint,
    attribute_keys varchar[],
    attribute_values json[]
);

create table if not exists scope_records (
    scope_hash ubigint,
    scope_name varchar,
    scope_version varchar
);
