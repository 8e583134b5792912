"""An event that was refused, as it is told to the people of its project."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Place = Literal["intake", "flush"]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Refused with an answer (intake), or acknowledged and then not stored (flush)."""

    project_id: str
    rejected_ms: int
    place: Place
    reason: str
    kind: str | None = None
    event_id: str | None = None
    entity_id: str | None = None
    payload: Any = None


Note = Callable[[Sequence[Rejection]], None]
"""Takes rejections from any thread and returns at once."""


def ignore(_rejections: Sequence[Rejection]) -> None:
    """Where nobody wants to know."""
