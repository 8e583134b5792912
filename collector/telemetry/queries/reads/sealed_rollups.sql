-- Sums and extremes of traces in a sealed file, where they were computed once. $ids: JSON list.
select * from {at}.trace_rollups
where project_id = $project_id and trace_id in (select unnest(from_json($ids, '["VARCHAR"]')))
