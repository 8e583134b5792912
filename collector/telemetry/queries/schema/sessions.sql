-- Which sessions trace events named ({at} is the attached name): who is first decides, and nothing
-- changes a row. `event_ms` is the time of the trace then: it chooses the segment. A session may have
-- rows in several files; the one created first counts. Files of the first days have no such table.
create table if not exists {at}.sessions (
    project_id varchar not null,
    id varchar not null,
    environment varchar not null,
    event_ms bigint not null,
    created_ms bigint not null
);
