-- The rows of one table with these numbers. $numbers: JSON list.
select t.rowid as row_number, t.*
from {at}.{table} as t
where t.rowid in (select unnest(from_json($numbers, '["BIGINT"]')))
