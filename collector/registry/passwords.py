"""Password hashes: argon2id, 19 MiB and one at a time, so that a login cannot fill the pod."""

import asyncio
import secrets
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_MEMORY_KIB: Final = 19_456
_one_at_a_time = threading.Lock()


def new_password() -> str:
    """One to print and to type once."""
    return secrets.token_urlsafe(12)


async def hash_password(password: str) -> str:
    """The hash in argon2's own text form, salt and parameters included."""
    return await asyncio.to_thread(_hash, password)


async def is_password(password: str, hashed: str | None) -> bool:
    """Whether it is the one; costs the same when there is no hash to compare with."""
    return await asyncio.to_thread(_is_password, password, hashed)


def _hash(password: str) -> str:
    with _one_at_a_time:
        return _hasher().hash(password)


def _is_password(password: str, hashed: str | None) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    with _one_at_a_time:
        if hashed is None:
            _hasher().hash(password)
            return False
        try:
            return _hasher().verify(hashed, password)
        except (InvalidHashError, VerificationError):
            return False


def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=_MEMORY_KIB, parallelism=1)
