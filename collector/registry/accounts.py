"""The half of the registry that needs its database: keys, users, logins, memberships.

`registry.py` loads it behind the start, for the second that SQLAlchemy takes.
"""

import asyncio

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import NotFound, Unauthorized, UnderstudyError
from collector.registry import (
    keys,
    migrate,
    models,
    price_table,
    projects,
    provisioning,
    sessions,
    snapshots,
    users,
)
from collector.registry.database import Database
from collector.registry.keys import Key, KeyPair, Scope
from collector.registry.known import KnownKey, Project
from collector.registry.passwords import hash_password, is_password
from collector.registry.provisioning import FirstRun
from collector.registry.sessions import Login
from collector.registry.users import User
from collector.settings import Settings


class Accounts:
    """Each method is one transaction, or one password and one transaction."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.database = Database(settings)
        self.run = self.database.run

    async def prepare(self) -> FirstRun | None:
        """Migrates and provisions. Raises UnderstudyError."""
        try:
            await migrate.migrate(self.database)
            await self._load_prices()
            return await provisioning.provision(self.database, self._settings)
        except SQLAlchemyError as error:
            raise UnderstudyError(f"the registry cannot be prepared: {error}") from error

    async def _load_prices(self) -> None:
        """The packaged table of models, unless the registry holds it or a newer one."""
        table = await asyncio.to_thread(price_table.packaged)
        if await self.run(lambda connection: models.is_outdated(connection, table)):
            await self.run(lambda connection: models.load(connection, table))

    async def mirrored(self) -> tuple[list[KnownKey], list[Project]]:
        """What the mirror holds. Raises UnderstudyError."""
        try:
            return await self.run(_read_mirrored)
        except SQLAlchemyError as error:
            raise UnderstudyError(f"the registry cannot be read: {error}") from error

    async def snapshots(self) -> dict[str, snapshots.Rows]:
        """What flushes ask for. Raises UnderstudyError."""
        try:
            return await self.run(snapshots.load_all)
        except SQLAlchemyError as error:
            raise UnderstudyError(f"the registry cannot be read: {error}") from error

    async def check(self) -> None:
        """Raises Unavailable unless the database answers."""
        await self.run(lambda connection: connection.execute(text("select 1")))

    async def login(self, email: str, password: str) -> Login:
        """A new session. Raises Unauthorized without saying which of the two was wrong."""
        found = await self.run(lambda connection: users.find_with_hash(connection, email))
        user, hashed = found or (None, None)
        if not await is_password(password, hashed) or user is None:
            raise Unauthorized("Invalid email or password")
        return await self.begin_session(user)

    async def begin_session(self, user: User) -> Login:
        """A session for someone known by other means than a password."""
        hours = self._settings.login_session_hours
        return await self.run(lambda connection: sessions.begin(connection, user, hours))

    async def create_user(self, email: str, name: str, password: str) -> User:
        """Raises InvalidRequest or Conflict; the user is a member of nothing yet."""
        users.check_new(email, password)
        hashed = await hash_password(password)
        return await self.run(lambda connection: users.create(connection, email, name, hashed))

    async def set_password(self, email: str, password: str) -> User:
        """Also ends every session of the user. Raises NotFound."""
        users.check_new(email, password)
        hashed = await hash_password(password)

        async def change(connection: AsyncConnection) -> User:
            user = await users.find_by_email(connection, email)
            if user is None:
                raise NotFound(f"there is no user {email}")
            await users.set_password(connection, user.id, hashed)
            await sessions.end_all(connection, user.id)
            return user

        return await self.run(change)

    async def create_key(self, scope: Scope, pair: KeyPair, note: str | None) -> Key:
        """Raises InvalidRequest or Conflict."""
        pair.check()
        salt = self._settings.salt or ""
        return await self.run(
            lambda connection: keys.create(connection, scope, pair, salt=salt, note=note)
        )

    async def revoke_key(self, key: str) -> Key:
        """Raises NotFound."""
        revoked = await self.run(lambda connection: keys.revoke(connection, key))
        if revoked is None:
            raise NotFound(f"there is no key {key}")
        return revoked


async def _read_mirrored(connection: AsyncConnection) -> tuple[list[KnownKey], list[Project]]:
    return await keys.every_known(connection), await projects.every(connection)
