-- One page of sessions, newest first, and in each row how many there are in all; without a session on
-- the page one row of nulls. A session of several files counts once, as it was first named.
-- $environments: JSON list, null for any; $from_ms and $to_ms (exclusive) may be null.
with once as (
    select id, arg_min(environment, created_ms) as environment, min(created_ms) as created_ms
    from all_sessions
    group by id
), fitting as (
    select * from once
    where ($from_ms is null or created_ms >= $from_ms)
        and ($to_ms is null or created_ms < $to_ms)
        and ($environments is null
            or environment in (select unnest(from_json($environments, '["VARCHAR"]'))))
), page as (
    select * from fitting order by created_ms desc, id desc limit $limit offset $offset
)
select amount.total, page.*
from (select count(*) as total from fitting) as amount
left join page on true
order by page.created_ms desc, page.id desc
