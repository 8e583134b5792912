-- What one seal makes: a segment per project and month.
select distinct project_id, month from (
    select project_id, month from sealing_traces union all select project_id, month from sealing_scores
)
order by all
