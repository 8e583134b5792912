-- Rows of the given keys in one table of a file. $keys: JSON list of [project, id]. A scan of the id column only.
with keys as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($keys, '[["VARCHAR"]]')) as k)
)
select t.rowid as row_number, t.*
from {at}.{table} as t
semi join keys on t.project_id = keys.project_id and t.id = keys.id
