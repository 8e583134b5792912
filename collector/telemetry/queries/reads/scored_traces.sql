-- The traces that have scores in one file.
select distinct trace_id from {at}.scores where project_id = $project_id and trace_id is not null
