"""API keys of projects and organisations. A secret is shown once; only its hash is kept."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import Conflict, InvalidRequest
from collector.registry.access import fast_hash
from collector.registry.identifiers import new_id, now_ms
from collector.registry.known import KeyLookup, KnownKey
from collector.registry.schema import api_keys, organisations, projects

PUBLIC_PREFIX = "pk-lf-"
SECRET_PREFIX = "sk-lf-"  # noqa: S105 -- the beginning of every secret


@dataclass(frozen=True)
class Scope:
    """What a key belongs to: exactly one of the two."""

    project_id: str | None = None
    organisation_id: str | None = None


@dataclass(frozen=True)
class KeyPair:
    """A public key and its secret, as a client configures them."""

    public_key: str
    secret_key: str

    def check(self) -> "KeyPair":
        """Itself, if both have the prefixes that SDKs insist on."""
        if not self.public_key.startswith(PUBLIC_PREFIX):
            raise InvalidRequest(f"the public key must begin with {PUBLIC_PREFIX}")
        if not self.secret_key.startswith(SECRET_PREFIX):
            raise InvalidRequest(f"the secret key must begin with {SECRET_PREFIX}")
        return self


@dataclass(frozen=True)
class Key:
    """One row, without anything that opens."""

    id: str
    project_id: str | None
    organisation_id: str | None
    public_key: str
    display_secret_key: str
    note: str | None
    created_ms: int
    expires_ms: int | None
    last_used_ms: int | None


def new_pair() -> KeyPair:
    """A random pair of Langfuse's form."""
    return KeyPair(f"{PUBLIC_PREFIX}{uuid.uuid4()}", f"{SECRET_PREFIX}{uuid.uuid4()}")


def displayed(secret_key: str) -> str:
    """What may be shown of a secret ever after."""
    return f"{secret_key[:6]}...{secret_key[-4:]}"


async def create(
    connection: AsyncConnection,
    scope: Scope,
    pair: KeyPair,
    *,
    salt: str,
    note: str | None = None,
) -> Key:
    """Raises Conflict when either half of the pair is taken or the owner does not exist."""
    key = Key(
        id=new_id(),
        project_id=scope.project_id,
        organisation_id=scope.organisation_id,
        public_key=pair.public_key,
        display_secret_key=displayed(pair.secret_key),
        note=note,
        created_ms=now_ms(),
        expires_ms=None,
        last_used_ms=None,
    )
    row = {**vars(key), "fast_hashed_secret_key": fast_hash(pair.secret_key, salt)}
    try:
        await connection.execute(insert(api_keys).values(row))
    except IntegrityError as error:
        message = f"the key {pair.public_key} or its secret is taken, or its owner does not exist"
        raise Conflict(message) from error
    return key


async def every(connection: AsyncConnection, scope: Scope | None = None) -> list[Key]:
    """The keys of one owner, or all; newest last."""
    query = select(api_keys).order_by(api_keys.c.created_ms, api_keys.c.id)
    if scope is not None and scope.project_id is not None:
        query = query.where(api_keys.c.project_id == scope.project_id)
    elif scope is not None:
        query = query.where(api_keys.c.organisation_id == scope.organisation_id)
    return [_key(row) for row in await connection.execute(query)]


async def revoke(connection: AsyncConnection, key: str) -> Key | None:
    """Removes the key with this public key or id; None when there is none."""
    chosen = or_(api_keys.c.public_key == key, api_keys.c.id == key)
    row = (await connection.execute(select(api_keys).where(chosen))).first()
    if row is None:
        return None
    await connection.execute(delete(api_keys).where(api_keys.c.id == row.id))
    return _key(row)


async def release(connection: AsyncConnection, pair: KeyPair, *, salt: str) -> None:
    """Removes whatever holds either half of the pair, so that it may be given elsewhere."""
    taken = or_(
        api_keys.c.public_key == pair.public_key,
        api_keys.c.fast_hashed_secret_key == fast_hash(pair.secret_key, salt),
    )
    await connection.execute(delete(api_keys).where(taken))


async def find_known(connection: AsyncConnection, lookup: KeyLookup) -> KnownKey | None:
    """The key, unless its project is deleted."""
    column = api_keys.c.fast_hashed_secret_key if lookup.by_secret else api_keys.c.public_key
    row = (await connection.execute(_known().where(column == lookup.value))).first()
    return None if row is None else _known_key(row)


async def every_known(connection: AsyncConnection) -> list[KnownKey]:
    """All keys that open something: what the mirror holds."""
    return [_known_key(row) for row in await connection.execute(_known())]


def _known() -> Select[Any]:
    owner = func.coalesce(api_keys.c.organisation_id, projects.c.organisation_id)
    return (
        select(
            api_keys.c.fast_hashed_secret_key,
            api_keys.c.public_key,
            api_keys.c.project_id,
            owner.label("owner_id"),
        )
        .select_from(api_keys.outerjoin(projects, api_keys.c.project_id == projects.c.id))
        .join(organisations, organisations.c.id == owner)
        .where(projects.c.deleted_ms.is_(None))
    )


def _known_key(row: Row[Any]) -> KnownKey:
    return KnownKey(row.fast_hashed_secret_key, row.public_key, row.project_id, row.owner_id)


def _key(row: Row[Any]) -> Key:
    return Key(
        row.id,
        row.project_id,
        row.organisation_id,
        row.public_key,
        row.display_secret_key,
        row.note,
        row.created_ms,
        row.expires_ms,
        row.last_used_ms,
    )
