-- The ids of the observations or scores of some traces. $ids: JSON list of trace ids.
select t.trace_id, list(t.id order by t.id) as ids
from {at}.{table} as t
where t.project_id = $project_id
    and t.trace_id in (select unnest(from_json($ids, '["VARCHAR"]')))
    and {where}
group by t.trace_id
