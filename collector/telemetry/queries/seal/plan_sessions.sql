-- The sessions to seal: of projects that are sealed, each by its month, where a segment is made at all.
-- Runs after the other plans. $sealed: JSON list of projects.
create or replace temp table sealing_sessions as
select distinct s.project_id, s.id, strftime(make_timestamp_ms(s.event_ms), '%Y-%m') as month
from {at}.sessions as s
semi join (
    select project_id, month from sealing_traces union select project_id, month from sealing_scores
) as made on made.project_id = s.project_id
    and made.month = strftime(make_timestamp_ms(s.event_ms), '%Y-%m')
where s.project_id in (select unnest(from_json($sealed, '["VARCHAR"]')))
