"""The one door to the registry: keeps the mirror fresh, answers from it while PostgreSQL is away.

What has no method here goes through `run` with the functions of the module of its kind. Nothing
that needs SQLAlchemy is imported here: known keys are answered for before it is loaded, and
what needs it waits for that before it imports anything.
"""

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from collector.errors import NotFound, Unavailable, UnderstudyError
from collector.generated_secrets import with_secrets
from collector.registry.access import Access
from collector.registry.authentication import Authentication
from collector.registry.identifiers import now_ms
from collector.registry.known import KeyLookup, KnownKey, Project
from collector.registry.mirror import Mirror
from collector.registry.snapshots import Rows, Snapshots
from collector.settings import Settings

if TYPE_CHECKING:
    from collector.registry.accounts import Accounts
    from collector.registry.database import Database, T, Work
    from collector.registry.keys import Key, KeyPair, Scope
    from collector.registry.memberships import ProjectRole
    from collector.registry.provisioning import FirstRun
    from collector.registry.roles import Role
    from collector.registry.sessions import Login
    from collector.registry.users import User

log = logging.getLogger(__name__)

MIRROR_FILE: Final = "mirror.sqlite"
_RETRY_SECONDS: Final = 2.0


class Registry:
    """Made by `open` or begun by `start`, ended by `close`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = with_secrets(settings)
        self.mirror = Mirror(self._settings.data_dir / MIRROR_FILE)
        self._snapshots = Snapshots(self.mirror)
        self.first_run: FirstRun | None = None
        self._accounts: Accounts | None = None
        self._ready = asyncio.Event()
        self._attempted = asyncio.Event()
        self._fault = "the registry is being prepared"
        self._upkeep: list[asyncio.Task[None]] = []
        self._authentication = Authentication(
            self._find_key,
            self.mirror,
            salt=self._settings.salt or "",
            stale_seconds_max=self._settings.mirror_stale_hours_max * 3600,
        )

    @classmethod
    async def open(cls, settings: Settings) -> "Registry":
        """A registry that was started, or that was closed because it could not be."""
        registry = cls(settings)
        try:
            await registry.start()
        except BaseException:
            await registry.close()
            raise
        return registry

    async def start(self) -> None:
        """Returns at once when there is a mirror to start from, else once all is prepared.

        Raises UnderstudyError when there is no mirror and the registry cannot be prepared.
        """
        if self.mirror.age_seconds() is None:
            await self._prepare()
        self._upkeep = [
            asyncio.create_task(self._keep_up()),
            asyncio.create_task(self._keep_snapshots()),
        ]

    async def close(self) -> None:
        """Ends the upkeep and returns every connection."""
        for task in self._upkeep:
            task.cancel()
        for task in self._upkeep:
            with suppress(asyncio.CancelledError):
                await task
        if self._accounts is not None:
            await self._accounts.database.close()
        self.mirror.close()

    @property
    def prepared(self) -> bool:
        """Whether the registry has been reached and migrated since this process started."""
        return self._ready.is_set()

    async def until_prepared(self) -> None:
        """Waits, however long PostgreSQL stays away."""
        await self._ready.wait()

    async def run(self, work: "Work[T]") -> "T":
        """One transaction; `work` may be called twice. Raises Unavailable while the registry is."""
        return await (await self._opened()).run(work)

    async def database(self) -> "Database":
        """Where the tables are."""
        return (await self._opened()).database

    async def check(self) -> None:
        """Raises Unavailable unless the database answers."""
        await (await self._opened()).check()

    async def authenticate(self, authorization: str | None) -> Access:
        """What the header opens. Raises Unauthorized, or Unavailable when nobody can say."""
        return await self._authentication.authenticate(authorization)

    async def project(self, project_id: str) -> Project:
        """From the mirror if it knows it, so that it is there while PostgreSQL is away."""
        found = self.mirror.project(project_id) or await self._find_project(project_id)
        if found is None:
            raise NotFound("Project not found")
        return found

    async def projects_of(self, user_id: str) -> "list[ProjectRole]":
        """What the user may enter."""
        run = (await self._opened()).run
        from collector.registry import memberships

        return await run(lambda connection: memberships.projects_of(connection, user_id))

    async def role_in(self, user_id: str, project_id: str) -> "Role":
        """NONE for strangers."""
        run = (await self._opened()).run
        from collector.registry import memberships

        return await run(lambda connection: memberships.role_in(connection, user_id, project_id))

    async def login(self, email: str, password: str) -> "Login":
        """A new session. Raises Unauthorized without saying which of the two was wrong."""
        return await (await self._opened()).login(email, password)

    async def begin_session(self, user: "User") -> "Login":
        """A session for someone known by other means than a password."""
        return await (await self._opened()).begin_session(user)

    async def user_of_session(self, token: str) -> "User | None":
        """Whose session it is; None when unknown, ended or expired."""
        run = (await self._opened()).run
        from collector.registry import sessions

        return await run(lambda connection: sessions.user_of(connection, token))

    async def logout(self, token: str) -> None:
        """Ends one session."""
        run = (await self._opened()).run
        from collector.registry import sessions

        await run(lambda connection: sessions.end(connection, token))

    async def create_user(self, email: str, name: str, password: str) -> "User":
        """Raises InvalidRequest or Conflict; the user is a member of nothing yet."""
        return await (await self._opened()).create_user(email, name, password)

    async def set_password(self, email: str, password: str) -> "User":
        """Also ends every session of the user. Raises NotFound."""
        return await (await self._opened()).set_password(email, password)

    async def keys(self, scope: "Scope | None" = None) -> "list[Key]":
        """The keys of one owner, or all."""
        run = (await self._opened()).run
        from collector.registry import keys

        return await run(lambda connection: keys.every(connection, scope))

    async def create_key(self, scope: "Scope", pair: "KeyPair", note: str | None = None) -> "Key":
        """Good at once. Raises Conflict when either half of the pair is taken."""
        key = await (await self._opened()).create_key(scope, pair, note)
        self._authentication.forget()
        return key

    async def revoke_key(self, key: str) -> "Key":
        """By public key or id; bad at once. Raises NotFound."""
        revoked = await (await self._opened()).revoke_key(key)
        self._authentication.forget()
        self.mirror.forget_key(revoked.public_key)
        return revoked

    async def refresh(self) -> None:
        """Makes what was changed through `run` (a project deleted) count at once."""
        self._authentication.forget()
        await self._copy(await self._opened())

    def snapshot(self, name: str) -> Rows:
        """The latest copy of a source of `snapshots.py`, for any thread; not to be changed."""
        return self._snapshots.rows(name)

    def snapshot_version(self, name: str) -> int:
        """Grows when that copy's content changed."""
        return self._snapshots.version(name)

    async def refresh_snapshots(self) -> None:
        """Makes what was changed count for flushes at once; else it does within seconds."""
        await self._snapshots.refresh((await self._opened()).snapshots)

    async def changed_snapshots(self) -> None:
        """`refresh_snapshots` after a change that stands already: what fails is done later."""
        try:
            await self.refresh_snapshots()
        except UnderstudyError as error:
            log.warning("a change counts for flushes a little later: %s", error.message)

    async def _find_key(self, lookup: KeyLookup) -> KnownKey | None:
        run = (await self._opened()).run
        from collector.registry import keys

        return await run(lambda connection: keys.find_known(connection, lookup))

    async def _find_project(self, project_id: str) -> Project | None:
        run = (await self._opened()).run
        from collector.registry import projects

        return await run(lambda connection: projects.find(connection, project_id))

    async def _opened(self) -> "Accounts":
        """Once the registry is prepared; the first attempt at it is waited for."""
        if not self.prepared:
            with suppress(TimeoutError):
                seconds = self._settings.registry_timeout_seconds
                await asyncio.wait_for(self._attempted.wait(), seconds)
        if not self.prepared or self._accounts is None:
            raise Unavailable(self._fault)
        return self._accounts

    async def _keep_up(self) -> None:
        """Prepares what is not prepared yet, then copies keys and projects twice per period."""
        while True:
            try:
                if self.prepared and self._accounts is not None:
                    await self._copy(self._accounts)
                else:
                    await self._prepare()
                pause_seconds = self._settings.mirror_fresh_seconds / 2
            except UnderstudyError as error:
                pause_seconds = _RETRY_SECONDS
                self._report(error.message)
            await asyncio.sleep(pause_seconds)

    async def _keep_snapshots(self) -> None:
        """Other processes change the registry too, and so may a person."""
        await self._ready.wait()
        while True:
            await asyncio.sleep(self._settings.knowledge_refresh_seconds)
            try:
                await self.refresh_snapshots()
            except UnderstudyError as error:
                self._report(error.message)

    def _report(self, fault: str) -> None:
        if fault != self._fault:
            log.warning("registry: %s", fault)
        self._fault = fault
        self._attempted.set()

    async def _prepare(self) -> None:
        if self._accounts is None:
            self._accounts = await asyncio.to_thread(_load_accounts, self._settings)
        self.first_run = await self._accounts.prepare()
        await self._copy(self._accounts)
        await self._snapshots.refresh(self._accounts.snapshots)
        self._ready.set()
        self._attempted.set()

    async def _copy(self, accounts: "Accounts") -> None:
        """Keys may be revoked while they are being read; such a copy is not taken over."""
        taken_ms = now_ms()
        changes = self._authentication.changes
        known, listed = await accounts.mirrored()
        if self._authentication.changes == changes:
            self.mirror.replace(known, listed, taken_ms=taken_ms)
            self._authentication.forget()
            self._fault = ""


def _load_accounts(settings: Settings) -> "Accounts":
    """In a thread: requests are answered while the libraries load."""
    from collector.registry.accounts import Accounts

    return Accounts(settings)
