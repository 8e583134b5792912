-- Read every block of a table; a damaged one raises.
select count(*), max(hash(t)) from {at}.{table} as t
