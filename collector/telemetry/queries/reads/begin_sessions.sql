-- Where the sessions of all files come together: in DuckDB, which spills, and not in our own memory.
create or replace temp table all_sessions (id varchar, environment varchar, created_ms bigint)
