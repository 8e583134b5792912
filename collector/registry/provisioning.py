"""The first organisation, project, keys and user: as LANGFUSE_INIT_* say, or made up once.

May run at every start: what is there already is left alone.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from collector.registry import keys, memberships, organisations, projects, users
from collector.registry.access import fast_hash
from collector.registry.database import Database
from collector.registry.keys import KeyPair, Scope
from collector.registry.known import KeyLookup
from collector.registry.passwords import hash_password, new_password
from collector.settings import Settings


@dataclass(frozen=True)
class FirstRun:
    """What was made up and is to be told once; the password and the secret cannot be had again."""

    project_id: str
    public_key: str
    secret_key: str
    email: str
    password: str


@dataclass(frozen=True)
class _FirstUser:
    email: str
    name: str
    password_hash: str


async def provision(database: Database, settings: Settings) -> FirstRun | None:
    """FirstRun only where nothing was, and nothing was set."""
    if settings.init_org_id:
        user = await _user_to_make(database, settings)
        await database.run(lambda connection: _as_told(connection, settings, user))
        return None
    if await database.run(organisations.count):
        return None
    return await _make_up(database, settings)


async def _user_to_make(database: Database, settings: Settings) -> _FirstUser | None:
    """Hashed before the transaction begins, and only if there is no such user."""
    email, password = settings.init_user_email, settings.init_user_password
    if not email or not password:
        return None
    if await database.run(lambda connection: users.find_by_email(connection, email)):
        return _FirstUser(email, "", "")
    name = settings.init_user_name or "Provisioned User"
    return _FirstUser(email, name, await hash_password(password))


async def _as_told(
    connection: AsyncConnection, settings: Settings, user: _FirstUser | None
) -> None:
    organisation_id = settings.init_org_id or ""
    if await organisations.find(connection, organisation_id) is None:
        name = settings.init_org_name or "Provisioned Org"
        await organisations.create(connection, name, organisation_id=organisation_id)
    if settings.init_project_id:
        await _project_as_told(connection, settings, organisation_id)
    if user is not None:
        await _owner(connection, organisation_id, user)


async def _project_as_told(
    connection: AsyncConnection, settings: Settings, organisation_id: str
) -> None:
    project_id = settings.init_project_id or ""
    retention_days = settings.init_project_retention_days
    if not await projects.exists(connection, project_id):
        await projects.create(
            connection,
            organisation_id,
            settings.init_project_name or "Provisioned Project",
            project_id=project_id,
            retention_days=retention_days,
        )
    elif retention_days is not None:
        await projects.set_retention(connection, project_id, retention_days)
    public_key, secret_key = settings.init_project_public_key, settings.init_project_secret_key
    if public_key and secret_key:
        pair = KeyPair(public_key, secret_key)
        await _keys_as_told(connection, project_id, pair, salt=settings.salt or "")


async def _keys_as_told(
    connection: AsyncConnection, project_id: str, pair: KeyPair, *, salt: str
) -> None:
    """The pair opens this project and no other afterwards, whatever it opened before."""
    present = await keys.find_known(connection, KeyLookup(True, fast_hash(pair.secret_key, salt)))
    if present and (present.project_id, present.public_key) == (project_id, pair.public_key):
        return
    await keys.release(connection, pair, salt=salt)
    await keys.create(connection, Scope(project_id), pair, salt=salt, note="Provisioned API Key")


async def _owner(connection: AsyncConnection, organisation_id: str, first: _FirstUser) -> None:
    user = await users.find_by_email(connection, first.email)
    if user is None:
        user = await users.create(connection, first.email, first.name, first.password_hash)
    await memberships.set_role(connection, organisation_id, user.id, "OWNER")


async def _make_up(database: Database, settings: Settings) -> FirstRun:
    password = settings.init_user_password or new_password()
    email = settings.init_user_email or "admin@localhost"
    user = _FirstUser(email, settings.init_user_name or "Admin", await hash_password(password))
    pair = keys.new_pair()

    async def make(connection: AsyncConnection) -> str:
        organisation = await organisations.create(connection, "My organisation")
        project_id = await projects.create(connection, organisation.id, "My project")
        await keys.create(connection, Scope(project_id), pair, salt=settings.salt or "")
        await _owner(connection, organisation.id, user)
        return project_id

    project_id = await database.run(make)
    return FirstRun(project_id, pair.public_key, pair.secret_key, user.email, password)
