"""Time ranges of the pages: a name in the address, so that a shared link stays relative."""

import time
from dataclasses import dataclass
from typing import Final

_HOUR_MS: Final = 3_600_000
RANGES: Final[dict[str, tuple[str, int | None]]] = {
    "1h": ("last hour", _HOUR_MS),
    "24h": ("last 24 hours", 24 * _HOUR_MS),
    "7d": ("last 7 days", 7 * 24 * _HOUR_MS),
    "30d": ("last 30 days", 30 * 24 * _HOUR_MS),
    "90d": ("last 90 days", 90 * 24 * _HOUR_MS),
    "all": ("all time", None),
}


@dataclass(frozen=True)
class Range:
    """`from_ms` is None when nothing bounds it."""

    name: str
    label: str
    from_ms: int | None
    to_ms: int


def read_range(name: str | None, default: str, now_ms: int | None = None) -> Range:
    """An unknown name is the default: a page never fails over a word in its address."""
    chosen = name if name in RANGES else default
    label, length_ms = RANGES[chosen]
    now = int(time.time() * 1_000) if now_ms is None else now_ms
    return Range(chosen, label, None if length_ms is None else now - length_ms, now)
