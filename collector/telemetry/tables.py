"""The tables of a store file: how rows go in and out by one JSON text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import orjson

from collector.telemetry.engine import rows
from collector.telemetry.sql import statement

SCHEMA_VERSION = 1
NARROW_TABLES = ("traces", "observations", "scores")
PAYLOAD_TABLES = ("trace_payloads", "observation_payloads")

Row = dict[str, Any]
Key = tuple[str, str]


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
    _shapes: dict[str, str] = field(default_factory=dict)

    def find(self, table: str, keys: Iterable[Key]) -> dict[Key, Row]:
        """The rows with these keys, by key; `row_number` tells where they lie."""
        wanted = list(keys)
        if not wanted:
            return {}
        query = statement("flush/find_rows", at=self.at, table=table)
        found = rows(self.cursor, query, {"keys": keys_text(wanted)})
        return {(row["project_id"], row["id"]): row for row in found}

    def delete(self, table: str, numbers: Iterable[int]) -> None:
        """Take out rows by their `row_number`."""
        listed = list(numbers)
        if listed:
            query = statement("flush/delete_rows", at=self.at, table=table)
            self.cursor.execute(query, {"numbers": orjson.dumps(listed).decode()})

    def insert(self, table: str, new: Sequence[Row]) -> None:
        """Put rows in; a column that a row does not name is null."""
        if not new:
            return
        shape = self._shape(table)
        query = statement("flush/insert_rows", at=self.at, table=table, shape=shape)
        self.cursor.execute(query, {"rows": orjson.dumps(new).decode()})

    def bring_back(self, table: str, old: str, column: str, keys: Iterable[Key]) -> None:
        """Copy the rows of an older attached file whose `column` names one of the keys."""
        holes = {"at": self.at, "old": old, "table": table, "column": column}
        query = statement("flush/bring_back", **holes)
        self.cursor.execute(query, {"keys": keys_text(keys)})

    def _shape(self, table: str) -> str:
        if table not in self._shapes:
            described = self.cursor.execute(f"describe {self.at}.{table}").fetchall()
            columns = {name: _json_type(kind) for name, kind, *_ in described}
            self._shapes[table] = orjson.dumps(columns).decode()
        return self._shapes[table]


def _json_type(kind: str) -> str | list[str]:
    return [kind[:-2]] if kind.endswith("[]") else kind
