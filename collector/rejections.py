"""Refused events on their way into the registry: noted by any thread, written in batches behind.

Nothing waits for it. While PostgreSQL is away they stay in memory, the newest up to a limit.
"""

import asyncio
import json
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import orjson

from collector import metrics
from collector.errors import Unavailable
from collector.records.rejection import Rejection
from collector.registry.registry import Registry
from collector.settings import Settings

if TYPE_CHECKING:
    from collector.registry.rejected_events import RejectedEvent

log = logging.getLogger(__name__)

_DAY_MS: Final = 86_400_000
_BATCH_EVENTS: Final = 100
_GATHER_SECONDS: Final = 0.5
_RETRY_SECONDS: Final = 2.0
_FORGET_SECONDS: Final = 3600.0
_CLOSE_SECONDS: Final = 1.0
_ID_CHARACTERS: Final = 800
_REASON_CHARACTERS: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A rejection cut to what is kept; the payload as bytes, which are smaller than a text."""

    id: str
    rejection: Rejection
    payload: bytes | None


class Rejections:
    """Begun by `start` in the event loop, ended by `close`; `note` works before and between."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._settings = settings
        self._registry = registry
        self._waiting: deque[_Waiting] = deque()
        self._lock = threading.Lock()
        self._numbers = count()
        self._process = secrets.token_hex(4)
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Write what is noted from now on."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Writes what is left, if the registry answers within a second."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.write()
        if self._waiting:
            metrics.REJECTED.labels("lost").inc(len(self._waiting))

    @property
    def since_ms(self) -> int:
        """What is older is kept no longer."""
        return int(time.time() * 1000 - self._settings.rejected_events_days_max * _DAY_MS)

    def note(self, rejections: Sequence[Rejection]) -> None:
        """From any thread. Of more than the limit the newest stay, as in the registry."""
        if not rejections:
            return
        queue_max = self._settings.rejected_events_waiting_max
        made = [self._made(rejection) for rejection in rejections[-queue_max:]]
        with self._lock:
            self._waiting.extend(made)
            self._let_go(len(rejections) - len(made))
        self._loop.call_soon_threadsafe(self._arrived.set)

    def _let_go(self, lost: int) -> None:
        while len(self._waiting) > self._settings.rejected_events_waiting_max:
            self._waiting.popleft()
            lost += 1
        if lost:
            metrics.LIMIT_HITS.labels("rejected_events_waiting_max").inc(lost)
            metrics.REJECTED.labels("lost").inc(lost)

    def _made(self, rejection: Rejection) -> _Waiting:
        # Ids order by time, so that the newest are found without another column.
        name = f"{rejection.rejected_ms:014}{next(self._numbers) % 10**8:08}{self._process}"
        payload = None
        if rejection.payload is not None:
            payload = _json(rejection.payload)
            if len(payload) > self._settings.rejected_payload_bytes_max:
                metrics.LIMIT_HITS.labels("rejected_payload_bytes_max").inc()
                payload = payload[: self._settings.rejected_payload_bytes_max]
        told = Rejection(
            rejection.project_id,
            rejection.rejected_ms,
            rejection.place,
            _plain(rejection.reason, _REASON_CHARACTERS) or "",
            _plain(rejection.kind, _ID_CHARACTERS),
            _plain(rejection.event_id, _ID_CHARACTERS),
            _plain(rejection.entity_id, _ID_CHARACTERS),
        )
        return _Waiting(name, told, payload)

    async def _run(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._arrived.wait(), _FORGET_SECONDS)
                await asyncio.sleep(_GATHER_SECONDS)
                self._arrived.clear()
                await self.write()
            except Unavailable:
                await asyncio.sleep(_RETRY_SECONDS)
                self._arrived.set()
            except TimeoutError:
                with suppress(Unavailable):
                    await self.forget()

    async def write(self) -> None:
        """Until nothing waits. Raises Unavailable; what could not be written waits on."""
        async with self._writing:
            while batch := self._take():
                try:
                    await self._add(batch)
                except BaseException:
                    self._put_back(batch)
                    raise

    def _take(self) -> list[_Waiting]:
        with self._lock:
            size = min(len(self._waiting), _BATCH_EVENTS)
            return [self._waiting.popleft() for _ in range(size)]

    def _put_back(self, batch: list[_Waiting]) -> None:
        with self._lock:
            self._waiting.extendleft(reversed(batch))
            self._let_go(0)

    async def _add(self, batch: list[_Waiting]) -> None:
        # Imported here: it brings SQLAlchemy, a second of the start.
        await self._registry.database()
        from collector.registry import rejected_events

        events = [_event_of(waiting) for waiting in batch]
        events_max = self._settings.rejected_events_max
        try:
            let_go = await self._registry.run(
                lambda connection: rejected_events.add(connection, events, events_max)
            )
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - no fault of theirs may stop those that follow
            # Its text would hold payloads.
            log.error("%d refused events are lost: %s", len(batch), type(error).__name__)  # noqa: TRY400
            metrics.REJECTED.labels("lost").inc(len(batch))
            return
        metrics.REJECTED.labels("noted").inc(len(batch))
        if let_go:
            metrics.LIMIT_HITS.labels("rejected_events_max").inc(let_go)

    async def forget(self) -> None:
        """Deletes what has been kept long enough. Raises Unavailable."""
        await self._registry.database()
        from collector.registry import rejected_events

        before_ms = self.since_ms
        await self._registry.run(
            lambda connection: rejected_events.forget_before(connection, before_ms)
        )

    async def page(
        self, project_id: str, number: int, limit: int
    ) -> "tuple[list[RejectedEvent], int]":
        """What was refused of a project, newest first, and how many. Raises Unavailable."""
        await self.write()
        await self._registry.database()
        from collector.registry import rejected_events

        since_ms = self.since_ms
        return await self._registry.run(
            lambda connection: rejected_events.page(connection, project_id, since_ms, number, limit)
        )


def _event_of(waiting: _Waiting) -> "RejectedEvent":
    from collector.registry.rejected_events import RejectedEvent

    told = waiting.rejection
    payload = None
    if waiting.payload is not None:
        payload = _plain(waiting.payload.decode("utf-8", "ignore"), len(waiting.payload))
    return RejectedEvent(
        id=waiting.id,
        project_id=told.project_id,
        rejected_ms=told.rejected_ms,
        place=told.place,
        event_id=told.event_id,
        kind=told.kind,
        entity_id=told.entity_id,
        reason=told.reason,
        payload=payload,
    )


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer past 64 bits, a lone surrogate
        return json.dumps(value, default=str).encode()


def _plain(text: str | None, characters_max: int) -> str | None:
    """Cut, and without what PostgreSQL has no form for: NUL and lone surrogates."""
    if text is None:
        return None
    cut = text[:characters_max].replace("\0", "\ufffd")
    return cut.encode("utf-8", "replace").decode()
