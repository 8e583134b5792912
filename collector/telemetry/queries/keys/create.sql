-- One row per sealed id; {at} is the index's attached name.
create table if not exists {at}.sealed_keys (hash ubigint not null, source_id bigint not null)
