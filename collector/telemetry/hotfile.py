"""The hot files: the one that is written, and the older ones that a seal is copying.

They have no log of their own: what one holds since its last checkpoint is in the journal too.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from collector.telemetry.engine import Engine
from collector.telemetry.journal import Position
from collector.telemetry.manifest import Manifest, StoreFile, Tombstone
from collector.telemetry.sql import statement
from collector.telemetry.tables import SCHEMA_VERSION, create_tables


@dataclass(frozen=True, slots=True)
class HotState:
    """What a hot file says of itself."""

    position: Position
    tombstones: list[Tombstone]


def create(engine: Engine, manifest: Manifest, folder: Path, position: Position) -> StoreFile:
    """A new, attached hot file that goes on at a place in the journal; not listed yet."""
    file_id = manifest.reserve_id()
    name = f"hot-{file_id:08d}.duckdb"
    for leftover in (folder / name, folder / f"{name}.wal"):
        leftover.unlink(missing_ok=True)
    file = describe(file_id, name)
    engine.attach(file.at, folder / name, logged=False)
    cursor = engine.cursor()
    cursor.execute("begin")
    create_tables(cursor, "narrow", "sessions", "payload", "hot", at=file.at)
    start = [SCHEMA_VERSION, position.generation, position.offset]
    cursor.execute(statement("hot/begin_progress", at=file.at), start)
    cursor.execute("commit")
    cursor.close()
    checkpoint(engine, file)
    return file


def describe(file_id: int, name: str) -> StoreFile:
    """The manifest's line for a new hot file."""
    return StoreFile(
        id=file_id,
        role="active",
        project_id="",
        month="",
        narrow_path=name,
        payload_path=name,
        min_ms=0,
        max_ms=0,
        traces=0,
        observations=0,
        scores=0,
        narrow_bytes=0,
        payload_bytes=0,
        created_ms=int(time.time() * 1000),
    )


def open_existing(engine: Engine, folder: Path, file: StoreFile) -> HotState:
    """Attach a hot file of an earlier run, read how far it is; OSError when it is damaged."""
    path = folder / file.narrow_path
    if not path.exists():
        raise OSError(f"{file.narrow_path} is listed in the manifest and gone from the disk")
    try:
        engine.attach(file.at, path, logged=False)
        create_tables(engine.cursor(), "sessions", at=file.at)
        checkpoint(engine, file)
        return state(engine, file)
    except duckdb.Error as error:
        raise OSError(f"{file.narrow_path} cannot be read: {error}") from error


def checkpoint(engine: Engine, file: StoreFile) -> None:
    """Write out what the file holds in memory; from then on it is there after a kill."""
    cursor = engine.cursor()
    cursor.execute(statement("hot/checkpoint", at=file.at))
    cursor.close()


def state(engine: Engine, file: StoreFile) -> HotState:
    """What an attached hot file says of itself."""
    cursor = engine.cursor()
    version, generation, offset = cursor.execute(
        statement("hot/progress", at=file.at)
    ).fetchone() or (0, 0, 0)
    if version > SCHEMA_VERSION:
        raise RuntimeError(
            f"{file.narrow_path} was written by a newer understudy (schema {version}, this one "
            f"reads {SCHEMA_VERSION}); start the newer version again"
        )
    found = cursor.execute(statement("hot/tombstones", at=file.at)).fetchall()
    tombstones = [Tombstone(*row) for row in found]
    cursor.close()
    return HotState(Position(generation, offset), tombstones)
