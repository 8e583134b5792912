-- Scores of a hot file whose trace lies elsewhere or nowhere, of projects that are not sealed now.
-- $sealed: JSON list of projects that are sealed.
select s.project_id, s.id
from {at}.scores as s
anti join {at}.traces as t on t.project_id = s.project_id and t.id = s.trace_id
where s.project_id not in (select unnest(from_json($sealed, '["VARCHAR"]')))
