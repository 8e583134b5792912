-- How many rows of one file a list has.
select count(*) from {at}.{table} as t {join}
where t.project_id = $project_id and {where}
