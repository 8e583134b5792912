-- Copy one table's rows of one project and month. {plan}: the temporary table of chosen keys.
insert into {to}.{table} by name
select t.*
from {at}.{table} as t
semi join (select * from {plan} where project_id = $project_id and month = $month) as chosen
    on t.project_id = chosen.project_id and t.{column} = chosen.id
