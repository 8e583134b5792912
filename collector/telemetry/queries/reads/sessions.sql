-- When and in which environment sessions were first named in one file. $ids: JSON list.
select id, arg_min(environment, created_ms) as environment, min(created_ms) as created_ms
from {at}.sessions
where project_id = $project_id and id in (select unnest(from_json($ids, '["VARCHAR"]')))
group by id
