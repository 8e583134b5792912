-- Where the rows of the given keys lie in one table of a file. $keys: JSON list of [project, id].
-- Only two columns are read: nearly always nothing is found, as most events are new.
with keys as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($keys, '[["VARCHAR"]]')) as k)
)
select t.rowid
from {at}.{table} as t
semi join keys on t.project_id = keys.project_id and t.id = keys.id
