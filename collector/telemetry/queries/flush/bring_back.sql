-- Copy rows of one table from an older file by their numbers, which are listed in the text: only so does
-- DuckDB leave the other rows unread. {numbers}: integers that came from the table itself.
-- {size}: the column that tells the size of a row's payload.
insert into {at}.{table} by name
select t.*
from {old}.{table} as t
where t.rowid in ({numbers})
returning project_id, id, {size}
