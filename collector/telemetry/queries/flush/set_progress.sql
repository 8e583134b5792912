-- How far the journal is in this file: in the same transaction as the rows.
update {at}.progress set journal_generation = $generation, journal_offset = $journal_offset
