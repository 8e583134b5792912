-- Take out rows by their number. $numbers: JSON list.
delete from {at}.{table}
where rowid in (select unnest(from_json($numbers, '["BIGINT"]')))
