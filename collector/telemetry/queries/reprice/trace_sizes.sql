-- What the given traces of one file take when they are brought back. $ids: JSON list of traces.
select t.trace_id, sum(t.payload_bytes + 500)::bigint as size_bytes
from {at}.observations as t
where t.project_id = $project_id
    and t.trace_id in (select unnest(from_json($ids, '["VARCHAR"]')))
group by t.trace_id
