-- OTLP enumerations by name.
create or replace macro span_kind_name(kind) as
    ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'][kind + 1];

create or replace macro status_code_name(code) as ['UNSET', 'OK', 'ERROR'][code + 1];
