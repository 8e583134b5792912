"""What a flush asks of the registry, copied: in memory for every thread, on disk for a restart.

Adding a kind of object is one entry of `SOURCES`. A loader imports its module when it runs, as
SQLAlchemy is not loaded yet when this file is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from collector.registry.mirror import Mirror

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

Rows = list[dict[str, Any]]
Loader = Callable[["AsyncConnection"], Awaitable[Rows]]


async def _score_configs(connection: "AsyncConnection") -> Rows:
    from collector.registry import score_configs

    return await score_configs.snapshot(connection)


async def _models(connection: "AsyncConnection") -> Rows:
    from collector.registry import models

    return await models.snapshot_of_projects(connection)


async def _shared_models(connection: "AsyncConnection") -> Rows:
    from collector.registry import models

    return await models.snapshot_of_all(connection)


SOURCES: Final[dict[str, Loader]] = {
    "score_configs": _score_configs,
    "models": _models,
    "shared_models": _shared_models,
}


async def load_all(connection: "AsyncConnection") -> dict[str, Rows]:
    """The present rows of every source, JSON values only, each in an order of its own."""
    return {name: await load(connection) for name, load in SOURCES.items()}


@dataclass(frozen=True, slots=True)
class _Held:
    rows: Rows
    version: int


_NOTHING: Final = _Held([], 0)


class Snapshots:
    """Read by any thread, as lists are replaced and never changed; refreshed by the loop's only."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._held: dict[str, _Held] = {}
        self._unkept: set[str] = set()
        self._refreshing = asyncio.Lock()
        for name in SOURCES:
            kept = mirror.kept(name)
            if kept is not None:
                self._held[name] = _Held(kept.value, 1)

    def rows(self, name: str) -> Rows:
        """The latest copy; nothing before the first one. Not to be changed."""
        return self._held.get(name, _NOTHING).rows

    def version(self, name: str) -> int:
        """Grows whenever the rows differ from before."""
        return self._held.get(name, _NOTHING).version

    async def refresh(self, load: Callable[[], Awaitable[Mapping[str, Rows]]]) -> None:
        """Takes over what `load` finds. One at a time: an older answer must not come last.

        Raises what `load` raises, and Unavailable when the disk takes no copy, which is tried
        again by the next refresh.
        """
        async with self._refreshing:
            for name, rows in (await load()).items():
                held = self._held.get(name)
                if held is None or held.rows != rows:
                    self._held[name] = _Held(rows, self.version(name) + 1)
                    self._unkept.add(name)
            for name in sorted(self._unkept):
                self._mirror.keep(name, self._held[name].rows)
                self._unkept.discard(name)
