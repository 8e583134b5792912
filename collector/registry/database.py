"""The registry's engine: a small pool, one retry on a new connection, then `Unavailable`."""

import sqlite3
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from sqlalchemy import event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from collector import metrics
from collector.errors import Unavailable
from collector.registry.schema import POSTGRESQL_SCHEMA
from collector.settings import Settings

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

SQLITE_FILE: Final = "registry.sqlite"
_POOL_CONNECTIONS: Final = 2
# Classes: connection lost, wrong login, no such database, out of resources, operator
# intervention; and the read-only refusal of a server that a fail-over has demoted.
_PASSING_SQLSTATES: Final = ("08", "28", "3D", "53", "57", "25006")
_PASSING_SQLITE: Final = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}


class Database:
    """Runs transactions on PostgreSQL or SQLite."""

    def __init__(self, settings: Settings) -> None:
        self.on_postgres = settings.on_postgres
        self.schema = POSTGRESQL_SCHEMA if settings.on_postgres else None
        self.engine = _engine(settings)
        self._place = _place(settings)

    async def run(self, work: Work[T]) -> T:
        """One transaction around `work`, which may be called twice. Raises Unavailable.

        A commit that was sent is not repeated: nobody knows whether it has taken place.
        """
        try:
            return await self._attempt(work)
        except _Lost as lost:
            if lost.committing:
                raise self._unavailable(lost) from lost
        metrics.REGISTRY_RETRIES.inc()
        await self.engine.dispose()
        try:
            return await self._attempt(work)
        except _Lost as lost:
            raise self._unavailable(lost) from lost

    async def close(self) -> None:
        """Returns every connection."""
        await self.engine.dispose()

    async def _attempt(self, work: Work[T]) -> T:
        committing = False
        try:
            async with self.engine.connect() as connection:
                result = await work(connection)
                committing = True
                await connection.commit()
                metrics.REGISTRY_UP.set(1)
                return result
        except Exception as error:
            if not _is_passing(error):
                raise
            raise _Lost(error, committing=committing) from error

    def _unavailable(self, lost: "_Lost") -> Unavailable:
        metrics.REGISTRY_UP.set(0)
        return Unavailable(f"{self._place} cannot be reached ({lost.reason})")


class _Lost(Exception):
    """The connection went away, before or during the commit."""

    def __init__(self, error: BaseException, *, committing: bool) -> None:
        super().__init__(str(error))
        self.committing = committing
        self.reason = _reason(error)


def _engine(settings: Settings) -> AsyncEngine:
    timeout_seconds = settings.registry_timeout_seconds
    if not settings.on_postgres:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        (settings.data_dir / SQLITE_FILE).touch(mode=0o600)
        # One connection: SQLite has one writer, and statements here take microseconds.
        engine = create_async_engine(
            settings.registry_url,
            pool_size=1,
            max_overflow=0,
            pool_timeout=timeout_seconds,
            connect_args={"timeout": timeout_seconds},
        )
        event.listen(engine.sync_engine, "connect", _configure_sqlite)
        return engine
    connections_max = settings.registry_pool_connections_max
    pool_size = min(_POOL_CONNECTIONS, connections_max)
    return create_async_engine(
        settings.registry_url,
        pool_size=pool_size,
        max_overflow=connections_max - pool_size,
        pool_timeout=timeout_seconds,
        pool_recycle=1800,
        connect_args=_postgres_arguments(settings),
        execution_options={"schema_translate_map": {None: POSTGRESQL_SCHEMA}},
    )


def _postgres_arguments(settings: Settings) -> dict[str, Any]:
    """No statement is remembered by name: a transaction-pooling PgBouncer may be between."""
    return {
        "timeout": settings.registry_timeout_seconds,
        "command_timeout": settings.registry_timeout_seconds,
        **settings.registry_connect_args,
        "statement_cache_size": 0,
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": lambda: f"understudy_{uuid.uuid4().hex}",
    }


def _configure_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on"):
        cursor.execute(f"pragma {pragma}")
    cursor.close()


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, OSError | TimeoutError | PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _is_passing_driver_error(error.orig)
    return _is_passing_driver_error(error)


def _is_passing_driver_error(error: BaseException | None) -> bool:
    state = getattr(error, "sqlstate", None) or ""
    if state.startswith(_PASSING_SQLSTATES):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _PASSING_SQLITE:
        return True
    if isinstance(error, OSError | TimeoutError):
        return True
    cause = error.__cause__ if error is not None else None
    return cause is not None and cause is not error and _is_passing_driver_error(cause)


def _reason(error: BaseException) -> str:
    original = getattr(error, "orig", None) or error
    text = str(original.__cause__ or original).strip().splitlines()
    return text[0] if text else type(original).__name__


def _place(settings: Settings) -> str:
    if not settings.on_postgres:
        return f"the registry {settings.data_dir / SQLITE_FILE}"
    url = make_url(settings.registry_url)
    host = url.host or url.query.get("host", "localhost")
    return f"PostgreSQL at {host}:{url.port or 5432}/{url.database}"
