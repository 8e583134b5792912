-- How many observations of one file `reprice/observations` would go through.
select count(*)
from {at}.observations as t
where t.project_id = $project_id and start_ms >= $after_ms and start_ms < $until_ms
    and (start_ms > $after_ms or id > $after_id)
    and model <> '' and {models} and {where}
