-- The files whose ids are noted.
select distinct source_id from {at}.sealed_keys
