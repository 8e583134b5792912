-- The traces to seal, each with the UTC month of its own time. $buried: keys that were moved out.
create or replace temp table sealing_traces as
with buried as (
    select k[1] as project_id, k[2] as id
    from (select unnest(from_json($buried, '[["VARCHAR"]]')) as k)
)
select project_id, id, strftime(make_timestamp_ms(timestamp_ms), '%Y-%m') as month
from {at}.traces as t
anti join buried on buried.project_id = t.project_id and buried.id = t.id
where project_id in (select unnest(from_json($sealed, '["VARCHAR"]')))
