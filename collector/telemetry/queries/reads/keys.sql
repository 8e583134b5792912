-- The best keys of one file for a list. {where} binds $project_id; {order} is the sort key's expression.
select t.id, {order} as sort_key
from {at}.{table} as t {join}
where t.project_id = $project_id and {where}
order by sort_key {direction} nulls last, t.id {direction}
limit $limit
