"""Which sealed file may hold an id: 64-bit hashes of all sealed ids in one local DuckDB file.

It can be lost and is then rebuilt. A hash that collides costs one look into a file, never a wrong
answer: whoever asks looks for the id itself there.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import duckdb
import orjson

from collector.telemetry.engine import Engine
from collector.telemetry.manifest import StoreFile
from collector.telemetry.sql import statement

_NAME = "key_index"
_SEPARATOR = "\x1f"


def key_hash(kind: str, project_id: str, key: str) -> int:
    """The hash of an id: the first 8 bytes of MD5, little-endian, which DuckDB computes alike."""
    text = _SEPARATOR.join((kind, project_id, key)).encode("utf-8", "replace")
    return int.from_bytes(hashlib.md5(text, usedforsecurity=False).digest()[:8], "little")


class KeyIndex:
    """Adds the ids of a sealed file, finds the files for ids."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        try:
            engine.attach(_NAME, path)
        except duckdb.Error:
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".wal").unlink(missing_ok=True)
            engine.attach(_NAME, path)
        engine.cursor().execute(statement("keys/create", at=_NAME))

    def add(self, cursor: duckdb.DuckDBPyConnection, file: StoreFile) -> None:
        """Note the ids of a sealed file, which is attached."""
        cursor.execute(statement("keys/add", at=_NAME, file=file.at), {"source_id": file.id})

    def known_sources(self) -> set[int]:
        """The files whose ids are noted."""
        found = self._engine.cursor().execute(statement("keys/sources", at=_NAME)).fetchall()
        return {int(row[0]) for row in found}

    def find(self, cursor: duckdb.DuckDBPyConnection, hashes: Iterable[int]) -> dict[int, set[int]]:
        """The files that may hold the ids, each with the hashes found in it."""
        wanted = orjson.dumps(list(set(hashes))).decode()
        found: dict[int, set[int]] = {}
        for source_id, value in cursor.execute(
            statement("keys/find", at=_NAME), {"hashes": wanted}
        ).fetchall():
            found.setdefault(int(source_id), set()).add(int(value))
        return found
