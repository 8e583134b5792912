-- How far the journal is in a hot file.
select schema_version, journal_generation, journal_offset from {at}.progress
