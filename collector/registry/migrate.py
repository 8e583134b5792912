"""Brings the tables to the newest revision: forward only, one process at a time.

An empty database gets all tables at once. Alembic, for its memory, is imported only when there are
tables of an earlier version.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import UnderstudyError
from collector.registry.database import Database
from collector.registry.schema import metadata

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005", "0006")
NEWEST: Final = REVISIONS[-1]
MIGRATIONS: Final = Path(__file__).parent / "migrations"

_ADVISORY_LOCK: Final = 0x756E6465727374
# The note of the revision, as Alembic makes it.
_STAMP: Final = (
    "create table alembic_version (version_num varchar(32) not null, "
    "constraint alembic_version_pkc primary key (version_num))",
    "insert into alembic_version values (:revision)",
)


@dataclass(frozen=True)
class Migrated:
    """The revision found, None for an empty database, and the one left behind."""

    before: str | None
    after: str


async def stored_revision(database: Database) -> str | None:
    """The revision the tables are at; None if there are none. Refuses a newer one."""
    revision = await database.run(lambda connection: _read_revision(connection, database.schema))
    if revision is not None and revision not in REVISIONS:
        message = (
            f"the registry is at revision {revision}, which this version does not know; "
            "run the newer version that wrote it, or restore a backup"
        )
        raise UnderstudyError(message)
    return revision


async def migrate(database: Database) -> Migrated:
    """Does nothing, cheaply, when the tables are as they should be."""
    before = await stored_revision(database)
    if before == NEWEST:
        return Migrated(before, NEWEST)
    async with _sole_process(database):
        await database.run(lambda connection: _upgrade_locked(connection, database.schema))
    return Migrated(before, NEWEST)


async def _read_revision(connection: AsyncConnection, schema: str | None) -> str | None:
    def present(sync: Connection) -> bool:
        return inspect(sync).has_table("alembic_version", schema=schema)

    if not await connection.run_sync(present):
        return None
    table = f"{schema}.alembic_version" if schema else "alembic_version"
    found = await connection.scalar(text(f"select version_num from {table}"))  # noqa: S608 -- ours
    return None if found is None else str(found)


async def _upgrade_locked(connection: AsyncConnection, schema: str | None) -> None:
    if schema:
        await connection.execute(
            text("select pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
        )
        await _enter_schema(connection, schema)
    else:
        await connection.exec_driver_sql("begin immediate")
    revision = await _read_revision(connection, schema)
    if revision is None:
        await connection.run_sync(_create)
    elif revision != NEWEST:
        await connection.run_sync(_upgrade, schema)


async def _enter_schema(connection: AsyncConnection, schema: str) -> None:
    """`create schema if not exists` asks for a right that only the first time needs."""
    present = text("select 1 from pg_namespace where nspname = :name")
    if await connection.scalar(present, {"name": schema}) is None:
        await connection.exec_driver_sql(f"create schema {schema}")
    await connection.exec_driver_sql(f"set local search_path to {schema}")


def _create(connection: Connection) -> None:
    """Without looking which tables are there: other schemas have tables of these names."""
    metadata.create_all(connection, checkfirst=False)
    for statement in _STAMP:
        connection.execute(text(statement), {"revision": NEWEST} if ":" in statement else {})


def _upgrade(connection: Connection, schema: str | None) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    command.upgrade(config, "head")


@asynccontextmanager
async def _sole_process(database: Database) -> AsyncIterator[None]:
    """For SQLite a lock on a file beside it; on PostgreSQL the transaction takes one itself."""
    path = database.engine.url.database
    if database.on_postgres or path is None:
        yield
        return
    descriptor = os.open(f"{path}.migrating", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        await asyncio.to_thread(fcntl.flock, descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
