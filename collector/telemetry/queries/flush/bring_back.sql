-- Copy rows of one table from an older file, by the key column that names their trace or their own id.
-- $keys, $gone: JSON lists of [project, id], of rows to copy and of rows that left alone before.
-- {size}: the column that tells the size of a row's payload.
with keys as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($keys, '[["VARCHAR"]]')) as k)
), gone as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($gone, '[["VARCHAR"]]')) as k)
)
insert into {at}.{table} by name
select t.*
from {old}.{table} as t
semi join keys on t.project_id = keys.project_id and t.{column} = keys.id
anti join gone on t.project_id = gone.project_id and t.id = gone.id
returning project_id, id, {size}
