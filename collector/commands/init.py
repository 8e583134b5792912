"""Make what the service needs of others: a PostgreSQL user, the database it owns, the S3 bucket.

What is there already is left as it is, so it may be run any number of times.
"""

import asyncio
import os
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from collector.errors import SettingsError, UnderstudyError
from collector.settings import Bucket, Settings, load_settings

_TIMEOUT_SECONDS: Final = 10
_DEFAULT_NAME: Final = "langfuse"


@dataclass(frozen=True)
class _Wanted:
    """The server's superuser, and the user and database to be made."""

    host: str
    port: int
    admin: str
    admin_password: str | None = field(repr=False)
    username: str
    password: str | None = field(repr=False)
    database: str


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--postgres-host", metavar="HOST", help="default: POSTGRES_HOST")
    parser.add_argument("--postgres-port", metavar="PORT", help="default: POSTGRES_PORT, 5432")
    parser.add_argument("--postgres-user", metavar="NAME", help="default: POSTGRES_USER, postgres")
    parser.add_argument(
        "--username", help="the user to make (default: as in DATABASE_URL, else langfuse)"
    )
    parser.add_argument(
        "--database", help="the database to make (default: as in DATABASE_URL, else langfuse)"
    )
    parser.epilog = (
        "Passwords come from POSTGRES_PASSWORD and LANGFUSE_DB_PASSWORD (or from the files that "
        "POSTGRES_PASSWORD_FILE and LANGFUSE_DB_PASSWORD_FILE name), never from a flag."
    )


def run(arguments: Namespace) -> int:
    settings = load_settings()
    wanted = _wanted(arguments, settings)
    if wanted is None:
        print("postgresql: POSTGRES_HOST is not set; nothing to make")
    else:
        asyncio.run(_make_database(wanted))
    for bucket in _buckets(settings):
        _make_bucket(bucket)
    return 0


def _wanted(arguments: Namespace, settings: Settings) -> _Wanted | None:
    host = arguments.postgres_host or os.environ.get("POSTGRES_HOST")
    if not host:
        return None
    port = arguments.postgres_port or os.environ.get("POSTGRES_PORT") or "5432"
    if not port.isdigit():
        raise SettingsError(f"POSTGRES_PORT: {port!r} is not a port; correct it or unset it")
    username, password, database = _of_service(settings)
    return _Wanted(
        host=host,
        port=int(port),
        admin=arguments.postgres_user or os.environ.get("POSTGRES_USER") or "postgres",
        admin_password=_secret("POSTGRES_PASSWORD"),
        username=arguments.username or username or _DEFAULT_NAME,
        password=_secret("LANGFUSE_DB_PASSWORD") or password,
        database=arguments.database or database or _DEFAULT_NAME,
    )


def _of_service(settings: Settings) -> tuple[str | None, str | None, str | None]:
    """User, password and database as the service is going to use them."""
    if settings.database_url is None:
        return settings.database_username, settings.database_password, settings.database_name
    parts = urlsplit(settings.database_url)
    password = None if parts.password is None else unquote(parts.password)
    return unquote(parts.username or "") or None, password, unquote(parts.path.strip("/")) or None


def _secret(variable: str) -> str | None:
    path = os.environ.get(f"{variable}_FILE")
    if not path:
        return os.environ.get(variable) or None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        message = f"{variable}_FILE: cannot read {path} ({error.strerror}); mount the file"
        raise SettingsError(message) from error


async def _make_database(wanted: _Wanted) -> None:
    import asyncpg

    place = f"PostgreSQL at {wanted.host}:{wanted.port}"
    try:
        connection = await asyncpg.connect(
            host=wanted.host,
            port=wanted.port,
            user=wanted.admin,
            password=wanted.admin_password,
            database="postgres",
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        message = f"{place} does not let {wanted.admin} in ({error or 'no answer'}); "
        raise UnderstudyError(message + "check POSTGRES_HOST and POSTGRES_PASSWORD") from error
    try:
        await _make_user(connection, wanted)
        await _make_owned_database(connection, wanted)
    except asyncpg.PostgresError as error:
        message = f"{place} refuses ({error}); {wanted.admin} must be allowed to make users"
        raise UnderstudyError(message + " and databases") from error
    finally:
        await connection.close()


async def _make_user(connection: Any, wanted: _Wanted) -> None:
    name = _quoted(wanted.username)
    if await connection.fetchval("select 1 from pg_roles where rolname = $1", wanted.username):
        print(f"postgresql: found user {wanted.username}")
        return
    if not wanted.password:
        raise SettingsError(f"set LANGFUSE_DB_PASSWORD: the user {wanted.username} is to be made")
    # A statement that makes a user takes no parameters; the server quotes the password itself.
    literal = await connection.fetchval("select quote_literal($1::text)", wanted.password)
    await connection.execute(f"create role {name} with login password {literal}")
    print(f"postgresql: made user {wanted.username}")


async def _make_owned_database(connection: Any, wanted: _Wanted) -> None:
    owner = await connection.fetchval(
        "select pg_get_userbyid(datdba) from pg_database where datname = $1", wanted.database
    )
    if owner is not None:
        print(f"postgresql: found database {wanted.database}, owned by {owner}")
        return
    name, user = _quoted(wanted.database), _quoted(wanted.username)
    # Only a member of a role may give it a database; a superuser need not be one.
    if not await connection.fetchval("select rolsuper from pg_roles where rolname = current_user"):
        await connection.execute(f"grant {user} to current_user")
    await connection.execute(f"create database {name} owner {user}")
    print(f"postgresql: made database {wanted.database}, owned by {wanted.username}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _buckets(settings: Settings) -> list[Bucket]:
    found = [settings.segments_bucket, settings.media_bucket]
    if not any(found):
        print("s3: LANGFUSE_S3_EVENT_UPLOAD_BUCKET is not set; nothing to make")
    by_place = {(each.endpoint, each.name): each for each in found if each is not None}
    return list(by_place.values())


def _make_bucket(bucket: Bucket) -> None:
    from collector.objects.bucket import ensure_bucket

    print(f"s3: {'made' if ensure_bucket(bucket) else 'found'} bucket {bucket.name}")
