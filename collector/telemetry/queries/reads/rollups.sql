-- Sums and extremes of the observations of each trace. {where}: a condition on the observations. The empty
-- part of the union makes `usage_estimated` null in files of the first version, which do not have it.
select
    project_id,
    trace_id,
    count(*) as observation_count,
    min(start_ms) as min_start_ms,
    max(start_ms) as max_start_ms,
    max(end_ms) as max_end_ms,
    sum(total_cost) as total_cost,
    sum(input_cost) as input_cost,
    sum(output_cost) as output_cost,
    sum(input_tokens)::bigint as input_tokens,
    sum(output_tokens)::bigint as output_tokens,
    sum(total_tokens)::bigint as total_tokens,
    count(*) filter (where usage_details <> '{{}}') as usage_count,
    count(*) filter (where level = 'ERROR') as error_count,
    count(*) filter (where level = 'WARNING') as warning_count,
    count(*) filter (where level = 'DEFAULT') as default_count,
    count(*) filter (where level = 'DEBUG') as debug_count,
    count(*) filter (where guard_action is not null) as guard_count,
    count(*) filter (where usage_estimated) as estimated_count
from (
    select * from {at}.observations
    union all by name
    select null::boolean as usage_estimated where false
)
where {where}
group by project_id, trace_id
