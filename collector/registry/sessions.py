"""Login sessions: a random token in the browser, its hash here, and an end."""

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.registry.identifiers import now_ms
from collector.registry.schema import login_sessions, users
from collector.registry.users import User, from_row


@dataclass(frozen=True)
class Login:
    """A session just begun; the token is not kept and cannot be had again."""

    token: str
    user: User
    expires_ms: int


async def begin(connection: AsyncConnection, user: User, hours: float) -> Login:
    """Also clears away what has expired, so that the table stays small."""
    now = now_ms()
    await connection.execute(delete(login_sessions).where(login_sessions.c.expires_ms <= now))
    login = Login(secrets.token_urlsafe(32), user, now + int(hours * 3_600_000))
    row = {
        "token_hash": _hashed(login.token),
        "user_id": user.id,
        "created_ms": now,
        "expires_ms": login.expires_ms,
    }
    await connection.execute(insert(login_sessions).values(row))
    return login


async def user_of(connection: AsyncConnection, token: str) -> User | None:
    """Whose session it is; None when unknown, ended or expired."""
    query = (
        select(users)
        .join(login_sessions, login_sessions.c.user_id == users.c.id)
        .where(login_sessions.c.token_hash == _hashed(token))
        .where(login_sessions.c.expires_ms > now_ms())
    )
    row = (await connection.execute(query)).first()
    return None if row is None else from_row(row)


async def end(connection: AsyncConnection, token: str) -> None:
    """Ends one session; an unknown one is no fault."""
    await connection.execute(
        delete(login_sessions).where(login_sessions.c.token_hash == _hashed(token))
    )


async def end_all(connection: AsyncConnection, user_id: str) -> None:
    """Ends every session of a user."""
    await connection.execute(delete(login_sessions).where(login_sessions.c.user_id == user_id))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
