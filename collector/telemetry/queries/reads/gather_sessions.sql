-- Add the sessions of one file and project.
insert into all_sessions
select id, arg_min(environment, created_ms), min(created_ms)
from {at}.sessions
where project_id = $project_id
group by id
