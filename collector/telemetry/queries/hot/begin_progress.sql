-- Where a new hot file goes on in the journal: schema version, generation, offset.
insert into {at}.progress values (?, ?, ?)
