-- Whether an attached file has a table of sessions: those sealed by the first versions have none.
select count(*) from duckdb_tables() where database_name = '{at}' and table_name = 'sessions'
