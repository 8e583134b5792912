-- Let go of what was gathered.
drop table if exists all_sessions
