-- Every key of one table of a file.
select project_id, id from {at}.{table}
