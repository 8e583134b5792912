-- Payload tables of one file ({at} is the attached name): what only a detail view and a merge read.
-- DuckDB reads and compresses 2,048 values of a column at a time, so long texts are cut into parts of
-- at most 4,000 bytes: whatever clients send, a vector stays below 8 MiB. `part` counts from 0.
-- zstd has to be named for each column; it makes chat text about 2.9 times smaller.
create table {at}.trace_payloads (
    project_id varchar not null,
    id varchar not null,
    part integer not null,
    input varchar using compression zstd,
    output varchar using compression zstd,
    metadata varchar using compression zstd,
    clocks varchar using compression zstd
);

create table {at}.observation_payloads (
    project_id varchar not null,
    trace_id varchar not null,
    id varchar not null,
    part integer not null,
    input varchar using compression zstd,
    output varchar using compression zstd,
    metadata varchar using compression zstd,
    trace_metadata varchar using compression zstd,
    status_message varchar using compression zstd,
    experiment varchar using compression zstd,
    span_events varchar using compression zstd,
    tool_definitions varchar using compression zstd,
    tool_calls varchar using compression zstd,
    usage_attributes varchar using compression zstd,
    clocks varchar using compression zstd
);
