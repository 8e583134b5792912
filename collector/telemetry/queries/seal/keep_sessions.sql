-- Take the sessions that no segment took along into the new hot file; again after a kill, only once.
-- $made: JSON list of [project, month] of the segments.
insert into {at}.sessions by name
select s.*
from {old}.sessions as s
anti join (
    select m[1] as project_id, m[2] as month
    from (select unnest(from_json($made, '[["VARCHAR"]]')) as m)
) as made on made.project_id = s.project_id
    and made.month = strftime(make_timestamp_ms(s.event_ms), '%Y-%m')
anti join {at}.sessions as kept on kept.project_id = s.project_id and kept.id = s.id
    and kept.created_ms = s.created_ms
returning project_id, id
