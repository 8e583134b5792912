"""What one event says about one entity: the unit that is journalled, merged and stored."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["trace", "observation", "score"]
Source = Literal["api", "otel"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote: kept with each record."""

    public_key: str
    sdk_name: str = "unknown"
    sdk_version: str = "unknown"
    source: Source = "api"


@dataclass(slots=True)
class Change:
    """One event laid over one entity; an absent key says nothing, `None` is an explicit null.

    `time_ms` (the envelope's time, Unix milliseconds) and `update` (updates come after creates of
    the same millisecond) decide the order of merging, whatever the order of arrival.
    The names and forms of `fields` are listed in ARCHITECTURE.md, "Changes".
    """

    kind: Kind
    id: str
    time_ms: int
    update: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
