-- How much of each project lies in a hot file, and since when. Counts only, no rows.
select project_id, sum(observations)::bigint as observations, min(oldest_ms) as oldest_ms
from (
    select project_id, count(*) as observations, min(created_ms) as oldest_ms
    from {at}.observations group by project_id
    union all
    select project_id, 0, min(created_ms) from {at}.traces group by project_id
    union all
    select project_id, 0, min(created_ms) from {at}.scores group by project_id
)
group by project_id
