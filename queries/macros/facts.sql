-- What is known of a list of {'k': key, 'v': value} as a map; what is not known is left out.
create or replace macro facts(entries) as
    map_from_entries(list_filter(entries, lambda entry: entry.v is not null));
