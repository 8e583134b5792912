-- Spans of one file that stand for an item of an experiment on a dataset, written after $after_ms or
-- then with an id past $after_id, the first written first.
select
    id,
    trace_id,
    start_ms,
    updated_ms,
    experiment_name,
    experiment_dataset_id,
    experiment_item_id
from {at}.observations as t
where t.project_id = $project_id and t.experiment_dataset_id is not null
    and t.experiment_item_root_id = t.id and t.experiment_name is not null
    and t.experiment_item_id is not null and {where}
    and (t.updated_ms > $after_ms or (t.updated_ms = $after_ms and t.id > $after_id))
order by t.updated_ms, t.id
limit $limit
