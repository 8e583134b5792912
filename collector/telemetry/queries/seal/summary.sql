-- The manifest's figures of one finished segment.
select
    (select count(*) from {at}.traces where has_record) as traces,
    (select count(*) from {at}.observations) as observations,
    (select count(*) from {at}.scores) as scores,
    (select min(ms) from (
        select min(timestamp_ms) as ms from {at}.traces
        union all select min(start_ms) from {at}.observations
        union all select min(timestamp_ms) from {at}.scores)) as min_ms,
    (select max(ms) from (
        select max(timestamp_ms) as ms from {at}.traces
        union all select max(start_ms) from {at}.observations
        union all select max(timestamp_ms) from {at}.scores)) as max_ms
