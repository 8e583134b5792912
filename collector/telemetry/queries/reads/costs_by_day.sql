-- Usage and cost per UTC day and model of one file.
select
    strftime(make_timestamp_ms(start_ms), '%Y-%m-%d') as day,
    model,
    count(*) as observation_count,
    sum(input_tokens)::bigint as input_tokens,
    sum(output_tokens)::bigint as output_tokens,
    sum(total_tokens)::bigint as total_tokens,
    sum(total_cost) as total_cost
from {at}.observations as t
where t.project_id = $project_id and start_ms >= $from_ms and start_ms < $to_ms
    and (model is not null or total_cost is not null) and {where}
group by day, model
