-- Files that may hold the ids. $hashes: JSON list. One scan of two integer columns.
select distinct source_id, hash
from {at}.sealed_keys
where hash in (select unnest(from_json($hashes, '["UBIGINT"]')))
