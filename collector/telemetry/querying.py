"""Runs queries in two threads, with a bounded queue and a deadline, apart from the event loop."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import local
from typing import TypeVar

import duckdb

from collector import metrics
from collector.errors import Unavailable, Unprocessable
from collector.telemetry.engine import Corrupt, Engine, OutOfMemory, Void, deadline

T = TypeVar("T")
Cursor = duckdb.DuckDBPyConnection

_THREADS = 2
_LIGHT_PER_HEAVY = 8


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """How many may wait, how long, and how long one may run."""

    queue_max: int = 8
    wait_seconds: float = 5.0
    deadline_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Relief:
    """What the writer's thread can do for a query."""

    renew: Callable[[int], None]
    make_room: Callable[[], None]
    examine: Callable[[], None]


class _Gate:
    """So many at once, so many waiting, for so long."""

    def __init__(self, places: int, waiting_max: int, wait_seconds: float) -> None:
        self._places = asyncio.Semaphore(places)
        self._waiting_max = waiting_max
        self._wait_seconds = wait_seconds
        self._waiting = 0

    async def enter(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        if self._waiting >= self._waiting_max:
            metrics.LIMIT_HITS.labels("query_queue_max").inc()
            raise Unavailable("too many queries at once; ask again in a moment")
        self._count(1)
        try:
            await asyncio.wait_for(self._places.acquire(), self._wait_seconds)
        except TimeoutError:
            metrics.LIMIT_HITS.labels("query_queue_wait_seconds").inc()
            raise Unavailable("other queries take long; ask again in a moment") from None
        finally:
            self._count(-1)

    def leave(self) -> None:
        self._places.release()

    def _count(self, change: int) -> None:
        self._waiting += change
        metrics.QUERY_QUEUE.inc(change)


class QueryRunner:
    """Two read cursors for all queries; one heavy query at a time, so that light ones go on."""

    def __init__(self, engine: Engine, limits: QueryLimits, relief: Relief) -> None:
        """`relief` is asked for help when the instance is void, full, or met a damaged file."""
        self._engine = engine
        self._relief = relief
        self._limits = limits
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="query")
        self._own = local()
        # Light queries take milliseconds: many may wait for them.
        self._light = _Gate(_THREADS, limits.queue_max * _LIGHT_PER_HEAVY, limits.wait_seconds)
        self._heavy = _Gate(1, limits.queue_max, limits.wait_seconds)

    async def run(self, name: str, query: Callable[[Cursor], T], *, heavy: bool = False) -> T:
        """The result; Unavailable when too many wait, Unprocessable when it needs too much."""
        began = time.monotonic()
        if heavy:
            await self._heavy.enter()
        try:
            await self._light.enter()
            try:
                future = asyncio.get_running_loop().run_in_executor(
                    self._threads, self._timed, query
                )
                return await asyncio.shield(future)
            finally:
                self._light.leave()
        finally:
            if heavy:
                self._heavy.leave()
            metrics.QUERY_DURATION.labels(name).observe(time.monotonic() - began)

    async def run_alone(self, query: Callable[[Cursor], T]) -> T:
        """As `run`, while no other query runs."""
        async with self.alone():
            future = asyncio.get_running_loop().run_in_executor(self._threads, self._timed, query)
            return await asyncio.shield(future)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """No query runs inside: for a moment's work that needs the memory they would take."""
        await self._heavy.enter()
        entered = 0
        try:
            for _ in range(_THREADS):
                await self._light.enter()
                entered += 1
            yield
        finally:
            for _ in range(entered):
                self._light.leave()
            self._heavy.leave()

    def _timed(self, query: Callable[[Cursor], T]) -> T:
        generation = self._engine.generation
        try:
            try:
                return self._once(generation, query)
            except OutOfMemory:
                # Flush and seal share the memory with queries: what they hold is let go, once.
                self._relief.make_room()
                return self._once(generation, query)
        except Unprocessable:
            metrics.QUERY_DEADLINES.inc()
            raise
        except Void:
            self._relief.renew(generation)
            raise
        except Corrupt:
            self._relief.examine()
            raise

    def _once(self, generation: int, query: Callable[[Cursor], T]) -> T:
        cursor = self._cursor(generation)
        with deadline(cursor, self._limits.deadline_seconds):
            return query(cursor)

    def _cursor(self, generation: int) -> Cursor:
        """This thread's cursor of the instance that is open now."""
        known: tuple[int, Cursor] | None = getattr(self._own, "cursor", None)
        if known is None or known[0] != generation:
            known = self._own.cursor = (generation, self._engine.cursor())
        return known[1]

    def close(self) -> None:
        """Let running queries end."""
        self._threads.shutdown(wait=True, cancel_futures=True)
