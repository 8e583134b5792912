"""Migrations: complete, repeatable, forward only, one at a time."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from collector.errors import UnderstudyError
from collector.registry.database import Database
from collector.registry.migrate import (
    MIGRATIONS,
    NEWEST,
    REVISIONS,
    _upgrade,
    migrate,
    stored_revision,
)
from collector.registry.schema import metadata
from collector.settings import Settings


def differences(connection: Connection) -> list[Any]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("set search_path to understudy"))
        connection.dialect.default_schema_name = "understudy"
    options = {"compare_type": True, "version_table_schema": None}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_an_empty_database_gets_every_table(registry_settings: Settings) -> None:
    database = Database(registry_settings)
    done = await migrate(database)
    found = await database.run(lambda connection: connection.run_sync(differences))
    await database.close()

    assert (done.before, done.after) == (None, NEWEST)
    assert found == []


async def test_the_steps_lead_to_the_same_tables(registry_settings: Settings) -> None:
    database = Database(registry_settings)

    def by_steps(connection: Connection) -> list[Any]:
        if connection.dialect.name == "postgresql":
            connection.execute(text("create schema understudy"))
            connection.execute(text("set local search_path to understudy"))
        _upgrade(connection, database.schema)
        return differences(connection)

    found = await database.run(lambda connection: connection.run_sync(by_steps))
    revision = await stored_revision(database)
    await database.close()

    assert found == []
    assert revision == NEWEST


async def test_an_empty_database_needs_no_alembic(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from collector.settings import load_settings; "
        "from collector.registry.database import Database; "
        "from collector.registry.migrate import migrate; "
        f"database = Database(load_settings({{'data_dir': {str(tmp_path)!r}}}, environ={{}})); "
        "print(asyncio.run(migrate(database)).before, 'alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "None False"


async def test_a_second_migration_changes_nothing(registry_settings: Settings) -> None:
    database = Database(registry_settings)
    await migrate(database)
    done = await migrate(database)
    await database.close()

    assert (done.before, done.after) == (NEWEST, NEWEST)


async def test_several_at_once_do_not_meet(registry_settings: Settings) -> None:
    databases = [Database(registry_settings) for _ in range(4)]
    done = await asyncio.gather(*map(migrate, databases))
    revision = await stored_revision(databases[0])
    for database in databases:
        await database.close()

    assert {each.after for each in done} == {NEWEST}
    assert revision == NEWEST


async def test_a_registry_of_a_newer_version_is_refused(registry_settings: Settings) -> None:
    database = Database(registry_settings)
    await migrate(database)
    prefix = "understudy." if registry_settings.on_postgres else ""
    newer = text(f"update {prefix}alembic_version set version_num = '9999'")
    await database.run(lambda connection: connection.execute(newer))

    with pytest.raises(UnderstudyError, match="revision 9999"):
        await migrate(database)
    await database.close()


def test_every_revision_is_listed_in_order() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))

    assert tuple(script.revision for script in reversed([*scripts.walk_revisions()])) == REVISIONS


@pytest.mark.parametrize(
    ("module", "libraries"),
    [
        ("registry", ("sqlalchemy", "alembic", "argon2", "asyncpg")),
        ("accounts", ("alembic", "argon2", "asyncpg")),
    ],
)
def test_costly_libraries_are_imported_late(module: str, libraries: tuple[str, ...]) -> None:
    code = (
        f"import sys, collector.registry.{module}; "
        f"print([name for name in {libraries} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
