"""The local copy of what ingestion needs of the registry, so that PostgreSQL may be away.

One small SQLite file: keys, projects, and snapshots of other things by name. It can always be
made again, so a damaged file is thrown away.
"""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from collector.errors import Unavailable
from collector.registry.known import KeyLookup, KnownKey, Project

_TABLES: Final = (
    "create table if not exists keys (fast_hash text primary key, public_key text not null, "
    "project_id text, organisation_id text not null) without rowid",
    "create index if not exists keys_public_key on keys (public_key)",
    "create table if not exists projects (id text primary key, body text not null) without rowid",
    "create table if not exists snapshots (name text primary key, body text not null, "
    "taken_ms integer not null) without rowid",
)
_REGISTRY: Final = "registry"


@dataclass(frozen=True)
class Snapshot:
    """A JSON value as it was when PostgreSQL was last asked."""

    value: Any
    taken_ms: int


class Mirror:
    """Used by the event loop's thread only; every call takes microseconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = _opened(path)

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def age_seconds(self) -> float | None:
        """Since keys and projects were copied; None if they never were."""
        found = self._row("select taken_ms from snapshots where name = ?", _REGISTRY)
        return None if found is None else max(0.0, time.time() - found[0] / 1000)

    def replace(
        self, keys: Sequence[KnownKey], projects: Sequence[Project], *, taken_ms: int
    ) -> None:
        """Takes over all keys and projects at once."""
        with self._writing() as connection:
            connection.execute("delete from keys")
            connection.executemany(
                "insert or replace into keys values (?, ?, ?, ?)", map(_key_row, keys)
            )
            connection.execute("delete from projects")
            connection.executemany(
                "insert or replace into projects values (?, ?)",
                [(project.id, json.dumps(asdict(project))) for project in projects],
            )
            self._keep(_REGISTRY, "null", taken_ms)

    def add_key(self, key: KnownKey) -> None:
        """One key more, met between two copies."""
        with self._writing() as connection:
            connection.execute("insert or replace into keys values (?, ?, ?, ?)", _key_row(key))

    def forget_key(self, public_key: str) -> None:
        """One key less, at once."""
        with self._writing() as connection:
            connection.execute("delete from keys where public_key = ?", (public_key,))

    def key(self, lookup: KeyLookup) -> KnownKey | None:
        """By its secret's hash or its public key."""
        column = "fast_hash" if lookup.by_secret else "public_key"
        statement = f"select * from keys where {column} = ?"  # noqa: S608 -- one of two words
        row = self._row(statement, lookup.value)
        return None if row is None else KnownKey(*row)

    def project(self, project_id: str) -> Project | None:
        """One project."""
        found = self._row("select body from projects where id = ?", project_id)
        return None if found is None else Project(**json.loads(found[0]))

    def keep(self, name: str, value: Any) -> None:
        """Remembers a JSON value under a name of the caller's."""
        with self._writing():
            self._keep(f"of:{name}", json.dumps(value), int(time.time() * 1000))

    def kept(self, name: str) -> Snapshot | None:
        """What was last remembered, however old."""
        found = self._row("select body, taken_ms from snapshots where name = ?", f"of:{name}")
        return None if found is None else Snapshot(json.loads(found[0]), found[1])

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises Unavailable when the disk does not take it."""
        try:
            with self._connection as connection:
                yield connection
        except sqlite3.OperationalError as error:
            raise Unavailable(f"{self._path} cannot be written ({error})") from error

    def _keep(self, name: str, body: str, taken_ms: int) -> None:
        self._connection.execute(
            "insert or replace into snapshots values (?, ?, ?)", (name, body, taken_ms)
        )

    def _row(self, statement: str, value: str) -> Any:
        return self._connection.execute(statement, (value,)).fetchone()


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _with_tables(path)
    except sqlite3.DatabaseError as error:
        # Anything but damage (no rights, no room) would also meet the new file.
        if isinstance(error, sqlite3.OperationalError):
            raise
    for damaged in path.parent.glob(path.name + "*"):
        damaged.unlink()
    return _with_tables(path)


def _with_tables(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        for statement in _TABLES:
            connection.execute(statement)
        path.chmod(0o600)
    except BaseException:
        connection.close()
        raise
    return connection


def _key_row(key: KnownKey) -> tuple[str, str, str | None, str]:
    return (key.fast_hash, key.public_key, key.project_id, key.organisation_id)
