"""Prices stored observations anew: found beside the writer, written only where something changes.

The journal does not know of what is written here. Until the hot file is written out (`keep`) a kill
loses it, and only then may a place be noted as done.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import duckdb

from collector import metrics
from collector.errors import Unavailable
from collector.records.change import Origin
from collector.telemetry.applying import Applier, Arrived, Groups
from collector.telemetry.comparing import Batch, Changed, Comparing, Place, Range
from collector.telemetry.engine import OutOfMemory, is_corrupt, is_fatal
from collector.telemetry.manifest import Tombstone
from collector.telemetry.querying import QueryRunner
from collector.telemetry.tables import Row
from collector.telemetry.writer import Writer

T = TypeVar("T")

# What one transaction brings back, whole traces, and what the hot file then keeps in memory:
# little, as flushes and reads need the same memory.
_BROUGHT_BYTES_MAX = 2 << 20
_UNWRITTEN_BYTES_MAX = 6 << 20
_BROUGHT_BYTES_MIN = 64 << 10
_ROW_BYTES = 500
_TRIES = 10
_RETRY_SECONDS = 0.2


class Repricing:
    """One walk over a range, batch by batch."""

    def __init__(
        self, runner: QueryRunner, writer: Writer, applier: Applier, range_: Range
    ) -> None:
        self._runner = runner
        self._writer = writer
        self._applier = applier
        self._project_id = range_.project_id
        self._comparing = Comparing(applier.catalog, range_, applier.knowledge)
        # What the writer had lost when the first change since the last `keep` was written.
        self._losses: int | None = None
        self._brought_bytes_max = _BROUGHT_BYTES_MAX

    async def begin(self) -> None:
        """Once this returns, every flush uses the prices that were there when it was called."""
        await self._in_writer(lambda: None)

    async def total(self, place: Place | None) -> int:
        """How many observations there are behind a place."""
        count = partial(self._comparing.total, place=place)
        return await self._runner.run("reprice", count, heavy=True)

    async def batch(self, place: Place | None, *, dry_run: bool = False) -> Batch:
        """Look at the next observations behind a place and write those that change."""
        limit = self._brought_bytes_max
        read = partial(self._comparing.next_batch, place=place, brought_bytes_max=limit)
        try:
            batch = await self._runner.run_alone(read)
        except (OutOfMemory, duckdb.InvalidInputException) as error:
            # Flushes had it, and this can wait; without memory a result may also just be absent.
            raise Unavailable("there was no memory left for a batch; it is tried again") from error
        if not dry_run:
            for piece in batch.pieces:
                await self._written(piece)
        return batch

    async def _written(self, piece: Mapping[str, Changed]) -> None:
        """Tried again by itself: read anew, what is written already would not be counted."""
        for tries_left in reversed(range(_TRIES)):
            try:
                async with self._runner.alone():
                    await self._in_writer(partial(self._write, piece))
                    return
            except Unavailable:
                if not tries_left:
                    raise
                await asyncio.sleep(_RETRY_SECONDS)

    @property
    def has_unkept(self) -> bool:
        """Whether a kill would lose something that was written."""
        return self._losses is not None

    async def keep(self) -> bool:
        """Have on the disk what was written since the last call; False if it got lost meanwhile."""
        if self._losses is None:
            return True
        losses, self._losses = self._losses, None
        try:
            await self._in_writer(self._writer.write_out)
        except Unavailable:
            return False
        return losses == self._writer.losses

    # -- in the writer's thread --------------------------------------------------------------

    def _write(self, piece: Mapping[str, Changed]) -> None:
        if self._applier.unwritten_bytes >= _UNWRITTEN_BYTES_MAX:
            self._writer.write_out()
        if self._losses is None:
            self._losses = self._writer.losses
        changed: list[Row] = []
        self._applier.move(partial(self._replace, piece, changed))
        metrics.REPRICED.inc(len(changed))

    def _replace(self, piece: Mapping[str, Changed], changed: list[Row]) -> list[Tombstone]:
        """What an event changed since it was read has the present prices already."""
        project_id, tables = self._project_id, self._applier.tables
        nothing = Arrived([], Origin("", "", ""), 0)
        groups: Groups = {("observation", project_id, key): nothing for key in piece}
        tombstones = self._applier.bring_back(groups)
        now_ms = int(time.time() * 1000)
        old = [
            row
            for (_, key), row in tables.find(
                "observations", [(project_id, key) for key in piece]
            ).items()
            if row["updated_ms"] == piece[key].updated_ms
        ]
        changed += [row | piece[row["id"]].amounts | {"updated_ms": now_ms} for row in old]
        tables.delete("observations", [row["row_number"] for row in old])
        tables.insert("observations", changed)
        self._applier.unwritten_bytes += _ROW_BYTES * len(changed)
        return tombstones

    async def _in_writer(self, task: Callable[[], T]) -> T:
        """Shielded: the writer's thread must find its future as it left it."""
        future = self._writer.call(partial(self._guarded, task))
        return await asyncio.shield(asyncio.wrap_future(future))

    def _guarded(self, task: Callable[[], T]) -> T:
        try:
            return task()
        except duckdb.OutOfMemoryException as error:
            self._brought_bytes_max = max(_BROUGHT_BYTES_MIN, self._brought_bytes_max // 2)
            self._writer.make_room()
            raise Unavailable("a batch did not fit into memory; a smaller one is tried") from error
        except duckdb.Error as error:
            if is_fatal(error):
                self._writer.renew(self._applier.catalog.engine.generation)
            elif is_corrupt(error):
                self._writer.examine()
            else:
                raise
            raise Unavailable(
                "the trace store was opened anew; the batch is tried again"
            ) from error
