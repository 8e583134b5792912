"""Media leave the changes of a request before these are kept, and are durable first."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.requests import Request

from collector import metrics
from collector.api.access import project_of
from collector.errors import Unavailable
from collector.ingest.media import Cutter, marked_characters
from collector.records.change import Change
from collector.registry.access import Access
from collector.services import Services

# A span, or digits to be decoded, from here on: each costs several times its size for a moment.
_LARGE = 2 * 1024 * 1024


class Extraction:
    """Of one request, be its changes kept at once or in several appends."""

    def __init__(self, request: Request, access: Access, *, is_needed: bool = True) -> None:
        """`is_needed` is false when the body was found to hold no media."""
        services: Services = request.app.state.services
        settings = services.settings
        self._services = services
        self._project_id = project_of(access)
        self._is_on = settings.media_extraction and is_needed
        self._cutter = Cutter(settings.media_bytes_max, settings.media_items_max)
        self._has_turn = False
        self._wait_seconds = settings.requests_in_flight_wait_seconds

    async def cut(self, changes: Sequence[Change]) -> None:
        """Changes their fields. Raises Unavailable when the bytes cannot be kept."""
        if not self._is_on or not (characters := marked_characters(changes)):
            return
        if limit := self._services.media.bitten_limit:
            metrics.LIMIT_HITS.labels(limit).inc()
            return
        async with self.turn(characters):
            await asyncio.to_thread(self._cut_and_keep, changes)
        self._services.mover.wake()

    @asynccontextmanager
    async def turn(self, size: int) -> AsyncIterator[None]:
        """What is large is in memory for one request at a time. Raises Unavailable after a wait."""
        if size < _LARGE or self._has_turn:
            yield
            return
        lock = self._services.media.large
        try:
            await asyncio.wait_for(lock.acquire(), self._wait_seconds)
        except TimeoutError:
            metrics.LIMIT_HITS.labels("requests_in_flight_bytes_max").inc()
            raise Unavailable("too many large requests at once, try again") from None
        self._has_turn = True
        try:
            yield
        finally:
            self._has_turn = False
            lock.release()

    def _cut_and_keep(self, changes: Sequence[Change]) -> None:
        cutter = self._cutter
        cutter.cut(changes)
        items, links = cutter.take()
        if links:
            self._services.media.keep(self._project_id, items, links)
        for limit, count in (
            ("media_bytes_max", cutter.over_bytes),
            ("media_items_max", cutter.over_items),
        ):
            if count:
                metrics.LIMIT_HITS.labels(limit).inc(count)
        cutter.over_bytes = cutter.over_items = 0
