-- Models of one file that no definition priced and that came without a cost, with their times.
select
    model,
    count(*) as observation_count,
    sum(total_tokens)::bigint as total_tokens,
    min(start_ms) as first_ms,
    max(start_ms) as last_ms
from {at}.observations as t
where t.project_id = $project_id and start_ms >= $from_ms and start_ms < $to_ms
    and model <> '' and model_id is null and cost_details = '{{}}' and {where}
group by model
