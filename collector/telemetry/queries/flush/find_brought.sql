-- Where the rows lie that are to be brought back from one table of an older file, found by the key column
-- that names their trace or their own id.
-- $keys, $gone: JSON lists of [project, id], of rows to copy and of rows that left alone before.
with keys as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($keys, '[["VARCHAR"]]')) as k)
), gone as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($gone, '[["VARCHAR"]]')) as k)
)
select t.rowid
from {old}.{table} as t
semi join keys on t.project_id = keys.project_id and t.{column} = keys.id
anti join gone on t.project_id = gone.project_id and t.id = gone.id
order by t.rowid
