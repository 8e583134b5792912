-- How many records of a project one file holds, and when the newest was written.
select
    (select count(*) from {at}.traces as t where t.project_id = $project_id and {trace_where}) as traces,
    (select count(*) from {at}.observations as t where t.project_id = $project_id and {child_where})
        as observations,
    (select count(*) from {at}.scores as t where t.project_id = $project_id and {score_where}) as scores,
    (select max(updated_ms) from {at}.observations as t where t.project_id = $project_id) as newest_ms
