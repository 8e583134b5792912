"""What ingestion needs to know of keys and projects; it stands in the mirror too."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class KnownKey:
    """What authentication needs of a key; the organisation is the project's or its own."""

    fast_hash: str
    public_key: str
    project_id: str | None
    organisation_id: str


@dataclass(frozen=True)
class Project:
    """A project with its organisation's name. `retention_days` None keeps traces for ever."""

    id: str
    name: str
    organisation_id: str
    organisation_name: str
    retention_days: int | None
    metadata: dict[str, Any]
    created_ms: int
    updated_ms: int


@dataclass(frozen=True)
class KeyLookup:
    """How a key is searched: by its secret's hash, or by its public key alone."""

    by_secret: bool
    value: str
