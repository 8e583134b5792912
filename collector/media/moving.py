"""The two loops behind the media folder: bytes to the bucket, rows to the registry.

Each goes on where the ledger says, also after a restart, and waits longer after each failure.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final

from collector import metrics
from collector.errors import Conflict, UnderstudyError
from collector.media.ledger import Unrecorded
from collector.media.store import MediaStore

log = logging.getLogger(__name__)

Record = Callable[[Unrecorded], Awaitable[None]]

_BATCH: Final = 100
_FIRST_RETRY_SECONDS: Final = 1.0


class Mover:
    """Begun by `start`, woken by `wake`, ended by `close`."""

    def __init__(self, store: MediaStore, record: Record, retry_seconds_max: float) -> None:
        self._store = store
        self._record = record
        self._retry_seconds_max = retry_seconds_max
        self._wakes = {"bucket": asyncio.Event(), "registry": asyncio.Event()}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """What earlier runs left is done as well."""
        self._tasks.append(asyncio.create_task(self._recover()))
        self._tasks.append(asyncio.create_task(self._repeat("registry", self._record_some)))
        if self._store.has_bucket:
            self._tasks.append(asyncio.create_task(self._repeat("bucket", self._move_some)))

    def wake(self) -> None:
        """There is something new."""
        for event in self._wakes.values():
            event.set()

    async def close(self) -> None:
        """What is left is done by the next run."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _recover(self) -> None:
        try:
            await asyncio.to_thread(self._store.recover)
        except (OSError, UnderstudyError):
            log.exception("the media folder cannot be gone through")
        self.wake()

    async def _repeat(self, step: str, some: Callable[[], Awaitable[bool]]) -> None:
        """`some` does a batch and says whether there may be more."""
        event, pause_seconds, fault = self._wakes[step], _FIRST_RETRY_SECONDS, ""
        while True:
            event.clear()
            try:
                if not await some():
                    await event.wait()
                pause_seconds, fault = _FIRST_RETRY_SECONDS, ""
            except Exception as error:  # noqa: BLE001 -- a loop that ended would leave all behind
                metrics.MEDIA_FAILURES.labels(step).inc()
                fault = _reported(step, error, fault)
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(pause_seconds * 2, self._retry_seconds_max)

    async def _move_some(self) -> bool:
        store = self._store
        items = await asyncio.to_thread(store.ledger.to_move, _BATCH)
        refusal: Conflict | None = None
        for item in items:
            try:
                await store.bucket_threads.run(partial(store.move, item))
            except Conflict as error:
                # The others need not wait for this one.
                refusal = error
            await asyncio.to_thread(store.count_waiting)
        if refusal is not None:
            raise refusal
        return bool(items)

    async def _record_some(self) -> bool:
        ledger = self._store.ledger
        waiting = await asyncio.to_thread(ledger.unrecorded, _BATCH)
        if not waiting.items and not waiting.links:
            return False
        await self._record(waiting)
        await asyncio.to_thread(ledger.set_recorded, waiting)
        await asyncio.to_thread(self._store.count_waiting)
        return True


def _reported(step: str, error: Exception, before: str) -> str:
    """Says what is wrong, once as long as it stays the same."""
    fault = error.message if isinstance(error, UnderstudyError) else repr(error)
    if fault != before:
        log.warning("media wait for the %s: %s", step, fault)
    return fault
