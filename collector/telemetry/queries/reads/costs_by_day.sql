-- Usage and cost per UTC day and model of one file. {estimates}: a condition on `usage_estimated`, which
-- files of the first version do not have: the empty second part of the union makes it null there.
select
    strftime(make_timestamp_ms(start_ms), '%Y-%m-%d') as day,
    model,
    count(*) as observation_count,
    count(*) filter (where usage_estimated) as estimated_count,
    sum(input_tokens)::bigint as input_tokens,
    sum(output_tokens)::bigint as output_tokens,
    sum(total_tokens)::bigint as total_tokens,
    sum(total_cost) as total_cost
from (
    select * from {at}.observations
    union all by name
    select null::boolean as usage_estimated where false
) as t
where t.project_id = $project_id and start_ms >= $from_ms and start_ms < $to_ms
    and (model is not null or total_cost is not null) and {estimates} and {where}
group by day, model
