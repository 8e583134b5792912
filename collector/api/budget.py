"""Bytes that all requests may hold together: who finds no room waits a little, then gets 503."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from collector import metrics
from collector.errors import Unavailable


class Budget:
    """First come, first served. A request larger than all room gets all of it, alone."""

    def __init__(self, bytes_max: int, wait_seconds: float) -> None:
        self.bytes_max = bytes_max
        self.wait_seconds = wait_seconds
        self.held = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, wanted: int) -> None:
        """Returns with the bytes counted as held. Raises Unavailable after the wait."""
        if not self._waiting and self.held + wanted <= self.bytes_max:
            self._count(wanted)
            return
        await self._wait(wanted)

    async def _wait(self, wanted: int) -> None:
        place = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, place))
        granted = False
        try:
            async with asyncio.timeout(self.wait_seconds):
                await place
            granted = True
        except TimeoutError:
            metrics.LIMIT_HITS.labels("requests_in_flight_bytes_max").inc()
            message = "too many large requests at once, try again"
            raise Unavailable(message) from None
        finally:
            if not granted:
                self._leave(wanted, place)

    def _leave(self, wanted: int, place: asyncio.Future[None]) -> None:
        """Of one who gave up: in the queue, or just let in."""
        if (wanted, place) in self._waiting:
            self._waiting.remove((wanted, place))
            self.release(0)
        elif not place.cancelled():
            self.release(wanted)

    def release(self, freed: int) -> None:
        """Gives bytes back and lets in who fits now."""
        self._count(-freed)
        while self._waiting and self.held + self._waiting[0][0] <= self.bytes_max:
            wanted, place = self._waiting.popleft()
            if not place.done():
                self._count(wanted)
                place.set_result(None)

    def _count(self, change: int) -> None:
        self.held += change
        metrics.HTTP_IN_FLIGHT.set(self.held)


@dataclass(slots=True)
class Held:
    """What one request holds; given back when it is answered."""

    budget: Budget
    bytes: int = field(default=0)

    async def at_least(self, wanted: int) -> None:
        """Takes what is missing. Raises Unavailable."""
        missing = min(wanted, self.budget.bytes_max) - self.bytes
        if missing > 0:
            await self.budget.take(missing)
            self.bytes += missing

    def give_back(self) -> None:
        """Everything, at the end."""
        freed, self.bytes = self.bytes, 0
        if freed:
            self.budget.release(freed)


def held_by(request: HTTPConnection) -> Held:
    """The holding of a request, made when it arrived."""
    held: Held = request.scope["held_bytes"]
    return held
