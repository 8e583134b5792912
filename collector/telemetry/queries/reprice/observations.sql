-- The next observations with a model of one file, by start and id, with what their price depends on.
-- $after_ms and $after_id: the place before the first one. {models}, {where}: further conditions.
-- Files of the first version have no `usage_estimated`: the empty part of the union makes it null.
select
    id, trace_id, start_ms, updated_ms, level, model, model_parameters, payload_bytes,
    provided_usage, provided_cost, usage_details, usage_estimated, cost_details,
    model_id, pricing_tier_id, pricing_tier_name, input_price, output_price, total_price,
    input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost
from (
    select * from {at}.observations
    union all by name
    select null::boolean as usage_estimated where false
) as t
where t.project_id = $project_id and start_ms >= $after_ms and start_ms < $until_ms
    and (start_ms > $after_ms or id > $after_id)
    and model <> '' and {models} and {where}
order by start_ms, id
limit $limit
