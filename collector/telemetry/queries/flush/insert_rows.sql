-- Put rows in from one JSON text: cheaper than a bound value per field, and needs no extra package.
-- {shape} is the JSON structure of the table's columns, $rows a JSON list of objects.
insert into {at}.{table} by name
select unnest(from_json($rows, '[{shape}]'), max_depth := 2)
