-- Note the ids of one sealed file: its traces, observations and scores, and the traces its scores are of.
insert into {at}.sealed_keys
select md5_number_upper('trace' || chr(31) || project_id || chr(31) || id), $source_id from {file}.traces
union all
select md5_number_upper('observation' || chr(31) || project_id || chr(31) || id), $source_id
from {file}.observations
union all
select md5_number_upper('score' || chr(31) || project_id || chr(31) || id), $source_id from {file}.scores
union all
select distinct md5_number_upper('scored' || chr(31) || project_id || chr(31) || trace_id), $source_id
from {file}.scores
where trace_id is not null
