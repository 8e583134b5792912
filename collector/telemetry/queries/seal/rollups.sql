-- Sums and extremes per trace, computed once for a file that will not change.
create table {at}.trace_rollups as
select * from ({rollups})
