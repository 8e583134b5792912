-- The scores to seal: with their trace when it is sealed too, else by their own month.
create or replace temp table sealing_scores as
with buried as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($buried, '[["VARCHAR"]]')) as k)
), buried_traces as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($buried_traces, '[["VARCHAR"]]')) as k)
)
select s.project_id, s.id,
    coalesce(t.month, strftime(make_timestamp_ms(s.timestamp_ms), '%Y-%m')) as month
from {at}.scores as s
left join sealing_traces as t on t.project_id = s.project_id and t.id = s.trace_id
anti join buried on buried.project_id = s.project_id and buried.id = s.id
anti join buried_traces on buried_traces.project_id = s.project_id and buried_traces.id = s.trace_id
where s.project_id in (select unnest(from_json($sealed, '["VARCHAR"]')))
