-- Traces of a hot file that are not sealed now: those touched lately, and those of other projects.
-- $sealed: JSON list of projects that are sealed; $quiet_ms: a trace touched later stays hot.
with touched as (
    select project_id, trace_id as id, max(updated_ms) as updated_ms, count(*) as amount
    from {at}.observations group by all
)
select t.project_id, t.id, coalesce(touched.amount, 0) as amount
from {at}.traces as t
left join touched on touched.project_id = t.project_id and touched.id = t.id
where t.project_id not in (select unnest(from_json($sealed, '["VARCHAR"]')))
   or greatest(t.updated_ms, coalesce(touched.updated_ms, 0)) > $quiet_ms
