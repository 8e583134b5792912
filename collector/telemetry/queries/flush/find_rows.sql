-- The rows of one table with these numbers, which are listed in the text: only so does DuckDB leave
-- the other rows unread. {numbers}: integers that came from the table itself.
select t.rowid as row_number, t.*
from {at}.{table} as t
where t.rowid in ({numbers})
