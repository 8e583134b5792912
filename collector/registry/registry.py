"""The one door to the registry: opens it, keeps the mirror fresh, answers while PostgreSQL is away.

What has no method here goes through `run` with the functions of the module of its kind.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import NotFound, Unauthorized, Unavailable, UnderstudyError
from collector.generated_secrets import with_secrets
from collector.registry import keys, memberships, migrate, projects, provisioning, sessions, users
from collector.registry.access import Access
from collector.registry.authentication import Authentication
from collector.registry.database import Database, T, Work
from collector.registry.identifiers import now_ms
from collector.registry.keys import Key, KeyPair, KnownKey, Scope
from collector.registry.memberships import ProjectRole
from collector.registry.mirror import Mirror
from collector.registry.passwords import hash_password, is_password
from collector.registry.projects import Project
from collector.registry.provisioning import FirstRun
from collector.registry.roles import Role
from collector.registry.sessions import Login
from collector.registry.users import User
from collector.settings import Settings

log = logging.getLogger(__name__)

MIRROR_FILE: Final = "mirror.sqlite"
_RETRY_SECONDS: Final = 2.0


class Registry:
    """Made by `open`, ended by `close`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = with_secrets(settings)
        self.database = Database(self._settings)
        self.mirror = Mirror(self._settings.data_dir / MIRROR_FILE)
        self.first_run: FirstRun | None = None
        self._ready = asyncio.Event()
        self._fault = "the registry is being prepared"
        self._attempted = asyncio.Event()
        self._upkeep: asyncio.Task[None] | None = None
        self._authentication = Authentication(
            self.run,
            self.mirror,
            salt=self._settings.salt or "",
            stale_seconds_max=self._settings.mirror_stale_hours_max * 3600,
        )

    @classmethod
    async def open(cls, settings: Settings) -> "Registry":
        """Returns at once when there is a mirror to start from, else once all is prepared.

        Raises UnderstudyError when there is no mirror and the registry cannot be prepared.
        """
        registry = cls(settings)
        if registry.mirror.age_seconds() is None:
            try:
                await registry._prepare()
            except BaseException:
                await registry.close()
                raise
        registry._upkeep = asyncio.create_task(registry._keep_up())
        return registry

    async def close(self) -> None:
        """Ends the upkeep and returns every connection."""
        if self._upkeep is not None:
            self._upkeep.cancel()
            with suppress(asyncio.CancelledError):
                await self._upkeep
        await self.database.close()
        self.mirror.close()

    @property
    def prepared(self) -> bool:
        """Whether the registry has been reached and migrated since this process started."""
        return self._ready.is_set()

    async def until_prepared(self) -> None:
        """Waits, however long PostgreSQL stays away."""
        await self._ready.wait()

    async def run(self, work: Work[T]) -> T:
        """One transaction; `work` may be called twice. Raises Unavailable while the registry is."""
        if not self.prepared:
            await self._wait_prepared()
        return await self.database.run(work)

    async def check(self) -> None:
        """Raises Unavailable unless the database answers."""
        await self.run(lambda connection: connection.execute(text("select 1")))

    async def authenticate(self, authorization: str | None) -> Access:
        """What the header opens. Raises Unauthorized, or Unavailable when nobody can say."""
        return await self._authentication.authenticate(authorization)

    async def project(self, project_id: str) -> Project:
        """From the mirror if it knows it, so that it is there while PostgreSQL is away."""
        found = self.mirror.project(project_id)
        if found is None:
            found = await self.run(lambda connection: projects.find(connection, project_id))
        if found is None:
            raise NotFound("Project not found")
        return found

    async def projects_of(self, user_id: str) -> list[ProjectRole]:
        """What the user may enter."""
        return await self.run(lambda connection: memberships.projects_of(connection, user_id))

    async def role_in(self, user_id: str, project_id: str) -> Role:
        """NONE for strangers."""
        return await self.run(
            lambda connection: memberships.role_in(connection, user_id, project_id)
        )

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

    async def user_of_session(self, token: str) -> User | None:
        """Whose session it is; None when unknown, ended or expired."""
        return await self.run(lambda connection: sessions.user_of(connection, token))

    async def logout(self, token: str) -> None:
        """Ends one session."""
        await self.run(lambda connection: sessions.end(connection, token))

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

    async def create_key(self, scope: Scope, pair: KeyPair, note: str | None = None) -> Key:
        """Good at once. Raises Conflict when either half of the pair is taken."""
        pair.check()
        salt = self._settings.salt or ""
        key = await self.run(
            lambda connection: keys.create(connection, scope, pair, salt=salt, note=note)
        )
        self._authentication.forget()
        return key

    async def keys(self, scope: Scope | None = None) -> list[Key]:
        """The keys of one owner, or all."""
        return await self.run(lambda connection: keys.every(connection, scope))

    async def revoke_key(self, key: str) -> Key:
        """By public key or id; bad at once. Raises NotFound."""
        revoked = await self.run(lambda connection: keys.revoke(connection, key))
        if revoked is None:
            raise NotFound(f"there is no key {key}")
        self.mirror.forget_key(revoked.public_key)
        self._authentication.forget()
        return revoked

    async def refresh(self) -> None:
        """Makes what was changed through `run` (a project deleted) count at once."""
        self._authentication.forget()
        if not self.prepared:
            await self._wait_prepared()
        await self._copy()

    async def _wait_prepared(self) -> None:
        seconds = self._settings.registry_timeout_seconds
        with suppress(TimeoutError):
            await asyncio.wait_for(self._attempted.wait(), seconds)
        if not self.prepared:
            raise Unavailable(self._fault)

    async def _keep_up(self) -> None:
        """Prepares what is not prepared yet, then copies keys and projects twice per period."""
        while True:
            try:
                await (self._copy() if self.prepared else self._prepare())
                pause_seconds = self._settings.mirror_fresh_seconds / 2
            except (UnderstudyError, SQLAlchemyError) as error:
                pause_seconds = _RETRY_SECONDS
                self._report(str(error))
            await asyncio.sleep(pause_seconds)

    def _report(self, fault: str) -> None:
        if fault != self._fault:
            log.warning("registry: %s", fault)
        self._fault = fault
        self._attempted.set()

    async def _prepare(self) -> None:
        try:
            await migrate.migrate(self.database)
            self.first_run = await provisioning.provision(self.database, self._settings)
            await self._copy()
        except SQLAlchemyError as error:
            raise UnderstudyError(f"the registry cannot be prepared: {error}") from error
        self._ready.set()
        self._attempted.set()

    async def _copy(self) -> None:
        """Keys may be revoked while they are being read; such a copy is not taken over."""
        taken_ms = now_ms()
        changes = self._authentication.changes
        known, listed = await self.database.run(_read_mirrored)
        if self._authentication.changes == changes:
            self.mirror.replace(known, listed, taken_ms=taken_ms)
            self._authentication.forget()
            self._fault = ""


async def _read_mirrored(connection: AsyncConnection) -> tuple[list[KnownKey], list[Project]]:
    return await keys.every_known(connection), await projects.every(connection)
