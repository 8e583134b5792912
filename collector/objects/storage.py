"""What every object storage promises; the same conformance suite runs against each.

Objects are written once and never changed: putting the same bytes again is no error, other bytes
are. All calls block: jobs call them from their threads, requests through `asyncio.to_thread`.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from collector.errors import InvalidRequest

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._=-]{0,199}(/[A-Za-z0-9_-][A-Za-z0-9._=-]{0,199})*")
_KEY_CHARACTERS_MAX = 800
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """The size and SHA-256 of an object's bytes, as they went over the wire."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a listing."""

    key: str
    size: int


class ObjectStorage(Protocol):
    """Faults that may pass are Unavailable; an absent object is NotFound."""

    def put(self, key: str, source: Path | bytes) -> Stored:
        """Returns once it is durable. Raises Conflict when the key holds other bytes."""

    def get(self, key: str, target: Path) -> Stored:
        """Writes the whole object to `target`, which appears complete or not at all."""

    def read(self, key: str, start: int, length: int) -> bytes:
        """The bytes from `start` on, fewer than `length` at the object's end."""

    def size(self, key: str) -> int | None:
        """The object's size; `None` when it is absent."""

    def list(self, prefix: str) -> Iterator[Listed]:
        """All objects whose key begins with `prefix`, which ends in `/`, in no certain order."""

    def delete(self, key: str) -> None:
        """An absent object is no error."""


def checked_key(key: str) -> str:
    """The key, if every storage takes it: ASCII segments that begin with no dot."""
    if len(key) > _KEY_CHARACTERS_MAX or not _KEY.fullmatch(key):
        raise InvalidRequest(f"{key[:80]!r} cannot be an object's key")
    return key


def digest_of(source: Path | bytes) -> Stored:
    """Size and hash without holding a file in memory."""
    if isinstance(source, bytes):
        return Stored(len(source), hashlib.sha256(source).hexdigest())
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return Stored(file.tell(), digest.hexdigest())
