"""People who log in to the pages. E-mail addresses are kept in lower case."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import Conflict, InvalidRequest
from collector.registry.identifiers import new_id, now_ms
from collector.registry.schema import users

PASSWORD_CHARACTERS_MIN = 8


@dataclass(frozen=True)
class User:
    """One row, without the password's hash."""

    id: str
    email: str
    name: str
    created_ms: int


def check_new(email: str, password: str) -> None:
    """Raises InvalidRequest for what cannot be an address or is too short to be a password."""
    local, _, domain = email.partition("@")
    if not local or not domain or any(character.isspace() for character in email):
        raise InvalidRequest(f"{email!r} is not an e-mail address")
    if len(password) < PASSWORD_CHARACTERS_MIN:
        message = f"the password is shorter than {PASSWORD_CHARACTERS_MIN} characters"
        raise InvalidRequest(message)


async def create(connection: AsyncConnection, email: str, name: str, password_hash: str) -> User:
    """Raises Conflict when the address is taken."""
    user = User(new_id(), email.lower(), name, now_ms())
    row = {**vars(user), "password_hash": password_hash, "updated_ms": user.created_ms}
    try:
        await connection.execute(insert(users).values(row))
    except IntegrityError as error:
        raise Conflict(f"there is a user {user.email} already") from error
    return user


async def find_by_email(connection: AsyncConnection, email: str) -> User | None:
    """By address, in any case."""
    found = await find_with_hash(connection, email)
    return None if found is None else found[0]


async def find_with_hash(connection: AsyncConnection, email: str) -> tuple[User, str | None] | None:
    """The user and the hash to compare a password with, None for one who cannot log in."""
    rows = await connection.execute(select(users).where(users.c.email == email.lower()))
    row = rows.first()
    return None if row is None else (from_row(row), row.password_hash)


async def set_password(connection: AsyncConnection, user_id: str, password_hash: str) -> None:
    """Replaces the hash; logins that stand are the caller's to end."""
    values = {"password_hash": password_hash, "updated_ms": now_ms()}
    await connection.execute(update(users).where(users.c.id == user_id).values(values))


def from_row(row: Row[Any]) -> User:
    """From a row of the table."""
    return User(row.id, row.email, row.name, row.created_ms)
