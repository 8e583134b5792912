-- A score in the hot file twice: the copy that was brought back alone is the newer one and stays.
delete from {at}.scores as older
where exists (
    select 1 from {at}.scores as newer
    where newer.project_id = older.project_id and newer.id = older.id and newer.rowid < older.rowid
)
