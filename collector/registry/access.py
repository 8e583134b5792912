"""The `Authorization` header: what it claims, and what a key opens."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Literal

from collector.errors import Unauthorized

Level = Literal["project", "organization", "scores"]

_HINT = ". Confirm that you've configured the correct host."


@dataclass(frozen=True)
class Access:
    """What a request may touch. `project_id` is None only for an organisation's key."""

    level: Level
    project_id: str | None
    organization_id: str
    public_key: str


@dataclass(frozen=True)
class Claim:
    """A header taken apart: a secret to look up by its hash, or a public key alone."""

    secret: str | None
    public_key: str


def rejected(reason: str) -> Unauthorized:
    """The refusal in the words the SDKs know."""
    return Unauthorized(reason + _HINT)


def read_claim(authorization: str | None) -> Claim:
    """Scheme names are case sensitive. Raises Unauthorized."""
    if not authorization:
        raise Unauthorized("No authorization header")
    if authorization.startswith("Bearer "):
        return Claim(None, authorization.removeprefix("Bearer "))
    if not authorization.startswith("Basic "):
        raise Unauthorized("Invalid authorization header")
    parts = _decoded(authorization.removeprefix("Basic ")).split(":")
    if len(parts) < 2 or not parts[0] or not parts[1]:
        raise rejected("Invalid credentials")
    return Claim(parts[1], parts[0])


def _decoded(value: str) -> str:
    """Base64 as browsers read it: white space ignored, padding optional."""
    stripped = "".join(value.split()).rstrip("=")
    try:
        raw = base64.b64decode(stripped + "=" * (-len(stripped) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise rejected("Invalid character") from error
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def fast_hash(secret: str, salt: str) -> str:
    """Langfuse's lookup hash, so that its key table carries over with its salt."""
    salt_hash = hashlib.sha256(salt.encode()).hexdigest()
    return hashlib.sha256((secret + salt_hash).encode()).hexdigest()
