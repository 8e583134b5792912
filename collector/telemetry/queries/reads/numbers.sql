-- Where the rows with these ids lie in one table of a file. $ids: JSON list. Reads the key columns only.
select t.rowid
from {at}.{table} as t
where t.project_id = $project_id
    and t.{column} in (select unnest(from_json($ids, '["VARCHAR"]')))
    and {where}
