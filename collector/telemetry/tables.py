"""The tables of a store file: how rows go in and out by one JSON text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import orjson

from collector.telemetry.columns import Columns
from collector.telemetry.engine import is_corrupt, rows
from collector.telemetry.keyfilter import KeyFilter
from collector.telemetry.sql import statement

SCHEMA_VERSION = 1
_INSERT_ROWS_MAX = 2_000
_INSERT_BYTES_MAX = 4 << 20
_KEYS_AT_ONCE = 10_000
# Rows that one statement brings back: with parts of payloads beside them, 2 MiB.
_BROUGHT_ROWS_MAX = 512
# About what one row takes without its payload.
_ROW_BYTES = 500
_FILTERED = ("traces", "observations", "scores", "sessions")
NARROW_TABLES = ("traces", "observations", "scores")
PAYLOAD_TABLES = ("trace_payloads", "observation_payloads")

Row = dict[str, Any]
Key = tuple[str, str]  # project id, id


def create_tables(cursor: duckdb.DuckDBPyConnection, *schemas: str, at: str) -> None:
    """Make the tables of the named schema files in an attached, empty file."""
    for schema in schemas:
        cursor.execute(statement(f"schema/{schema}", at=at))


def keys_text(keys: Iterable[Sequence[str]]) -> str:
    """Keys as the JSON text that the statements under `flush/` take."""
    return orjson.dumps([list(key) for key in keys]).decode()


@dataclass
class Tables:
    """Rows of one hot file, through one cursor."""

    cursor: duckdb.DuckDBPyConnection
    at: str
    known: KeyFilter | None = None
    _columns: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def with_filter(cls, cursor: duckdb.DuckDBPyConnection, at: str) -> "Tables":
        """Of a file that nobody else writes: what it cannot hold is not looked for."""
        known = KeyFilter()
        try:
            for table in _FILTERED:
                cursor.execute(statement("flush/all_keys", at=at, table=table))
                while part := cursor.fetchmany(_KEYS_AT_ONCE):
                    known.add(table, part)
        except duckdb.Error as error:
            if not is_corrupt(error):
                raise
            # The next flush or read meets the damaged block too, and has the file set aside.
            return cls(cursor, at)
        return cls(cursor, at, known)

    def find(self, table: str, keys: Iterable[Key]) -> dict[Key, Row]:
        """The rows with these keys, by key; `row_number` tells where they lie."""
        wanted = keys if self.known is None else self.known.possible(table, keys)
        return {(row["project_id"], row["id"]): row for row in self.find_all(table, wanted)}

    def find_all(self, table: str, keys: Iterable[Key]) -> list[Row]:
        """All rows with these keys, where a key may have several."""
        wanted = list(keys)
        if not wanted:
            return []
        where = statement("flush/find_numbers", at=self.at, table=table)
        found = self.cursor.execute(where, {"keys": keys_text(wanted)}).fetchall()
        if not found:
            return []
        query = statement("flush/find_rows", at=self.at, table=table, numbers=numbers_text(found))
        return rows(self.cursor, query)

    def delete(self, table: str, numbers: Iterable[int]) -> None:
        """Take out rows by their `row_number`."""
        listed = list(numbers)
        if listed:
            query = statement("flush/delete_rows", at=self.at, table=table)
            self.cursor.execute(query, {"numbers": orjson.dumps(listed).decode()})

    def insert(self, table: str, new: Iterable[Row]) -> None:
        """Put rows in, part by part; a column that a row does not name is null."""
        kinds = self._kinds(table)
        for part in _parts(new) if table in PAYLOAD_TABLES else _at_once(new):
            lists: dict[str, list[Any]] = {n: [row.get(n) for row in part] for n in kinds}
            lists = {n: values for n, values in lists.items() if values.count(None) < len(values)}
            # DuckDB finds it by its name: registering it would plan a view for each insertion.
            given_rows = Columns(lists, kinds)  # noqa: F841
            self.cursor.execute(statement("flush/insert_rows", at=self.at, table=table))
            if self.known is not None and table in _FILTERED:
                self.known.add(table, zip(lists["project_id"], lists["id"], strict=True))

    def bring_back(
        self, table: str, old: str, column: str, keys: Iterable[Key], gone: Iterable[Key] = ()
    ) -> int:
        """Copy the rows of an older attached file whose `column` names one of the keys.

        Rows that are `gone` left it alone before: their newer copies may lie in any file.
        Returns about how many bytes came, with those of their payloads.
        """
        where = statement("flush/find_brought", old=old, table=table, column=column)
        wanted = {"keys": keys_text(keys), "gone": keys_text(gone)}
        numbers = self.cursor.execute(where, wanted).fetchall()
        size = "payload_bytes" if table in ("traces", "observations") else "0"
        holes = {"at": self.at, "old": old, "table": table, "size": size}
        total = 0
        for start in range(0, len(numbers), _BROUGHT_ROWS_MAX):
            listed = numbers_text(numbers[start : start + _BROUGHT_ROWS_MAX])
            query = statement("flush/bring_back", numbers=listed, **holes)
            brought = self.cursor.execute(query).fetchall()
            if self.known is not None:
                self.known.add(table, ((project_id, key) for project_id, key, _ in brought))
            total += sum(_ROW_BYTES + row_bytes for _, _, row_bytes in brought)
        return total

    def _kinds(self, table: str) -> dict[str, str]:
        if table not in self._columns:
            described = self.cursor.execute(f"describe {self.at}.{table}").fetchall()
            self._columns[table] = {name: kind for name, kind, *_ in described}
        return self._columns[table]


def numbers_text(found: Iterable[tuple[int]]) -> str:
    """Row numbers as a hole of a statement."""
    return ", ".join(str(int(number)) for (number,) in found)


def _at_once(new: Iterable[Row]) -> list[list[Row]]:
    """All rows as one part: narrow ones of a flush are small together."""
    rows_ = list(new)
    return [rows_] if rows_ else []


def _parts(new: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in parts that keep the memory of one insertion small."""
    part: list[Row] = []
    size = 0
    for row in new:
        row_bytes = sum(len(value) for value in row.values() if isinstance(value, str))
        if part and (len(part) >= _INSERT_ROWS_MAX or size + row_bytes > _INSERT_BYTES_MAX):
            yield part
            part, size = [], 0
        part.append(row)
        size += row_bytes
    if part:
        yield part
