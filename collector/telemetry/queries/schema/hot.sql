-- What only a hot file has: how far the journal is in it, and which rows of older files it replaced.
-- Tombstones are kept in the transaction that brings the rows here, so neither can be there alone.
create table {at}.progress (
    schema_version integer not null,
    journal_generation bigint not null,
    journal_offset bigint not null
);

create table {at}.tombstones (
    source_id bigint not null,
    kind varchar not null,
    project_id varchar not null,
    id varchar not null
);
