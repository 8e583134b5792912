-- Copy the scores of traces from an older file, but for those that left it alone before: their newer
-- copies may lie in any file. $keys, $buried: JSON lists of [project, id], of traces and of scores.
with keys as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($keys, '[["VARCHAR"]]')) as k)
), buried as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($buried, '[["VARCHAR"]]')) as k)
)
insert into {at}.scores by name
select s.*
from {old}.scores as s
semi join keys on s.project_id = keys.project_id and s.trace_id = keys.id
anti join buried on s.project_id = buried.project_id and s.id = buried.id
