-- The traces that the given traces and observations belong to, as far as they lie in one file.
-- $traces, $observations: JSON lists of [project, id].
with traces as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($traces, '[["VARCHAR"]]')) as k)
), observations as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($observations, '[["VARCHAR"]]')) as k)
)
select t.project_id, t.id
from {at}.traces as t
semi join traces on t.project_id = traces.project_id and t.id = traces.id
union
select o.project_id, o.trace_id
from {at}.observations as o
semi join observations on o.project_id = observations.project_id and o.id = observations.id
