-- Put rows in from `given_rows`, the Arrow columns that the cursor was handed: only those columns that
-- have a value in some row, the others are null.
insert into {at}.{table} by name
select * from given_rows
