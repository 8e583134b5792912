"""The manifest: which files of the store are live, and which rows in them no longer count.

One small SQLite file, synced at each commit, is the only truth; one commit makes each swap.
Used from the writer's thread only.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SCHEMA_VERSION = 1
Role = Literal["active", "sealing", "segment", "damaged"]

_SCHEMA = """
create table if not exists files (
    id integer primary key autoincrement,
    role text not null,
    project_id text not null default '',
    month text not null default '',
    narrow_path text not null,
    payload_path text not null,
    min_ms integer not null default 0,
    max_ms integer not null default 0,
    traces integer not null default 0,
    observations integer not null default 0,
    scores integer not null default 0,
    narrow_bytes integer not null default 0,
    payload_bytes integer not null default 0,
    created_ms integer not null
);
create table if not exists tombstones (
    source_id integer not null,
    kind text not null,
    project_id text not null,
    id text not null,
    primary key (source_id, kind, project_id, id)
) without rowid;
"""


@dataclass(frozen=True, slots=True)
class StoreFile:
    """A hot file, or the sealed pair of one project and month. Paths are relative."""

    id: int
    role: Role
    project_id: str
    month: str
    narrow_path: str
    payload_path: str
    min_ms: int
    max_ms: int
    traces: int
    observations: int
    scores: int
    narrow_bytes: int
    payload_bytes: int
    created_ms: int

    @property
    def at(self) -> str:
        """The attached name of the narrow tables."""
        return f"f{self.id}"

    @property
    def payload_at(self) -> str:
        """The attached name of the payload tables: a hot file has them beside the narrow ones."""
        return self.at if self.payload_path == self.narrow_path else f"p{self.id}"

    @property
    def is_hot(self) -> bool:
        """Whether rows of several projects lie in it, written lately."""
        return self.role in ("active", "sealing")


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A row of a file that a newer file replaced: a trace with all its rows, or one score."""

    source_id: int
    kind: str
    project_id: str
    id: str


class Manifest:
    """Reads and changes the list of files, one commit per swap."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("pragma synchronous = full")
        version = self._db.execute("pragma user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise RuntimeError(
                f"the data folder was written by a newer understudy (manifest {version}, this one "
                f"reads {SCHEMA_VERSION}); start the newer version again"
            )
        self._db.executescript(_SCHEMA)
        self._db.execute(f"pragma user_version = {SCHEMA_VERSION}")

    @contextmanager
    def swap(self) -> Iterator[None]:
        """All changes made inside become true together, or none."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def files(self) -> list[StoreFile]:
        """All files, oldest first."""
        rows = self._db.execute(
            "select id, role, project_id, month, narrow_path, payload_path, min_ms, max_ms, traces,"
            " observations, scores, narrow_bytes, payload_bytes, created_ms from files order by id"
        )
        return [StoreFile(*row) for row in rows]

    def tombstones(self) -> list[Tombstone]:
        """All rows of sealed files that no longer count."""
        return [
            Tombstone(*row)
            for row in self._db.execute("select source_id, kind, project_id, id from tombstones")
        ]

    def reserve_id(self) -> int:
        """An id no file has had: files are named by it before they are listed."""
        cursor = self._db.execute(
            "insert into files (role, narrow_path, payload_path, created_ms)"
            " values ('reserved', '', '', 0)"
        )
        self._db.execute("delete from files where id = ?", (cursor.lastrowid,))
        return int(cursor.lastrowid or 0)

    def add(self, file: StoreFile) -> None:
        """List a file that lies finished on the disk."""
        self._db.execute(
            "insert into files (id, role, project_id, month, narrow_path, payload_path, min_ms,"
            " max_ms, traces, observations, scores, narrow_bytes, payload_bytes, created_ms)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(file.id, file.role, file.project_id, file.month, file.narrow_path),
                *(file.payload_path, file.min_ms, file.max_ms, file.traces, file.observations),
                *(file.scores, file.narrow_bytes, file.payload_bytes, file.created_ms),
            ),
        )

    def set_role(self, file_id: int, role: Role) -> None:
        """Change what a file is for."""
        self._db.execute("update files set role = ? where id = ?", (role, file_id))

    def remove(self, file_id: int) -> None:
        """Forget a file and what was said about its rows."""
        self._db.execute("delete from files where id = ?", (file_id,))
        self._db.execute("delete from tombstones where source_id = ?", (file_id,))

    def bury(self, tombstones: Iterable[Tombstone]) -> None:
        """Say that rows of sealed files no longer count."""
        self._db.executemany(
            "insert or ignore into tombstones (source_id, kind, project_id, id)"
            " values (?, ?, ?, ?)",
            [(t.source_id, t.kind, t.project_id, t.id) for t in tombstones],
        )

    def close(self) -> None:
        """Release the file."""
        self._db.close()
