-- Write the rows that are only in the log and in memory into the file.
checkpoint {at}
