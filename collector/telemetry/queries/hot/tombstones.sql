-- Which rows of older files a hot file replaced.
select source_id, kind, project_id, id from {at}.tombstones
