-- The rows of one file with these ids. $ids: JSON list.
select t.*
from {at}.{table} as t
where t.project_id = $project_id
    and t.{column} in (select unnest(from_json($ids, '["VARCHAR"]')))
    and {where}
