"""The writer's thread: flushes the journal into the hot file, and runs what else must write alone.

One flush serves all who wait for it; two flushes that readers asked for are at least 50 ms apart.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

import duckdb

from collector import metrics
from collector.telemetry import hotfile, memory
from collector.telemetry.applying import Applier, Arrived, Groups
from collector.telemetry.damage import Examiner
from collector.telemetry.engine import Engine, is_corrupt, is_fatal
from collector.telemetry.frames import decode
from collector.telemetry.journal import Journal, Position
from collector.telemetry.rejects import RejectFile

T = TypeVar("T")

log = logging.getLogger(__name__)

_SPACING_SECONDS = 0.05
# The hot file keeps what came since its last checkpoint in memory: at 16 MiB it was a third more.
_UNWRITTEN_BYTES_MAX = 12 << 20
_UNWRITTEN_SECONDS_MAX = 30.0
_RETRY_SECONDS = 1.0
_SHRINK_MAX = 64


@dataclass(frozen=True, slots=True)
class FlushLimits:
    """When a flush begins and how much it takes."""

    interval_seconds: float = 2.0
    rows_max: int = 2_000
    bytes_max: int = 4 << 20


@dataclass(frozen=True, slots=True)
class Faults:
    """Where records go that cannot be stored, and who looks for files that cannot be read."""

    rejects: RejectFile
    examiner: Examiner


class Writer:
    """Owns the applier; everything that writes DuckDB files of the present runs in its thread."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        applier: Applier,
        start: Position,
        limits: FlushLimits,
        faults: Faults,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._applier = applier
        self._limits = limits
        self._faults = faults
        self._shrink = 1
        # Up to here the journal is in the hot file on the disk; the rest must stay in the journal.
        self._written = start
        self._written_at = time.monotonic()
        self._state = threading.Condition()
        self.flushed = start
        self.failure: str | None = None
        # How often what the hot file had in memory was lost: the journal has events, nothing else.
        self.losses = 0
        self._wanted = start
        self._first_waiting_at: float | None = None
        self._closing = False
        self._close_at = 0.0
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._listeners: list[tuple[Position, Callable[[], None]]] = []
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to flush."""
        self._thread.start()

    # -- from other threads ------------------------------------------------------------------

    def on_durable(self, position: Position) -> None:
        """The journal has more: flush soon, at once when much waits."""
        with self._state:
            if self._first_waiting_at is None:
                self._first_waiting_at = time.monotonic()
                self._state.notify()
            elif _distance(self.flushed, position) >= self._limits.bytes_max:
                self._wanted = max(self._wanted, position)
                self._state.notify()

    def when_flushed(self, position: Position, listener: Callable[[], None]) -> bool:
        """Flush up to a position and call the listener in this thread; False if it is there."""
        with self._state:
            if self.flushed >= position:
                return False
            self._listeners.append((position, listener))
            self._wanted = max(self._wanted, position)
            self._state.notify()
            return True

    def call(self, task: Callable[[], T]) -> "Future[T]":
        """Run something in the writer's thread, between two flushes."""
        future: Future[T] = Future()
        self._calls.put((task, future))
        with self._state:
            self._state.notify()
        return future

    def close(self, seconds: float) -> None:
        """Flush what is durable as far as time allows, then stop; the next start does the rest."""
        with self._state:
            self._closing = True
            self._close_at = time.monotonic() + seconds
            self._state.notify()
        self._thread.join(seconds)
        if self._thread.is_alive():
            # A thread inside DuckDB must not meet the end of the process.
            self._applier.cursor.interrupt()
            self._thread.join()

    # -- in the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            self._wait()
            self._run_calls()
            try:
                more = self._flush()
                self._write_out_if_due(idle=not more)
            except Exception as error:  # noqa: BLE001 - the thread must live; the fault is shown and tried again
                self._note_failure(error)
                more = False
            if self._closing and (not more or time.monotonic() >= self._close_at):
                break
        if time.monotonic() < self._close_at:
            self.make_room()

    def _wait(self) -> None:
        with self._state:
            while not (self._closing or self._is_due() or not self._calls.empty()):
                seconds = self._seconds_left()
                if seconds is None and self._written < self.flushed:
                    if not self._state.wait(_UNWRITTEN_SECONDS_MAX):
                        return
                else:
                    self._state.wait(seconds)

    def _is_due(self) -> bool:
        if self.flushed >= self._journal.durable:
            self._first_waiting_at = None
            return False
        if self._first_waiting_at is None:
            self._first_waiting_at = time.monotonic()
        return self._wanted > self.flushed or self._seconds_left() == 0

    def _seconds_left(self) -> float | None:
        if self._first_waiting_at is None:
            return None
        due_at = self._first_waiting_at + self._limits.interval_seconds
        return max(0.0, due_at - time.monotonic())

    def _run_calls(self) -> None:
        while not self._calls.empty():
            task, future = self._calls.get()
            if not future.set_running_or_notify_cancel():
                continue  # whoever asked has gone
            try:
                future.set_result(task())
            except BaseException as error:  # noqa: BLE001 - the caller gets it
                future.set_exception(error)

    def _flush(self) -> bool:
        """Apply the next part of the journal; whether more is waiting."""
        self.write_out_if_large()
        began = time.monotonic()
        groups, position, count = self._next_part()
        if position == self.flushed:
            return False
        self._apply(groups, position)
        self._applier.unwritten_bytes += _distance(self.flushed, position)
        self._arrive(position)
        self._shrink = max(1, self._shrink // 2)
        metrics.FLUSH_DURATION.observe(time.monotonic() - began)
        metrics.LAST_FLUSH.set_to_current_time()
        memory.give_back()
        if self.flushed >= self._journal.durable:
            return False
        if count < self._limits.rows_max:
            time.sleep(max(0.0, _SPACING_SECONDS - (time.monotonic() - began)))
        return True

    def _write_out_if_due(self, *, idle: bool) -> None:
        is_old = time.monotonic() - self._written_at >= _UNWRITTEN_SECONDS_MAX
        if idle and is_old and self._written < self.flushed:
            self.write_out()
        self.write_out_if_large()

    def write_out_if_large(self) -> None:
        """In this thread: keep what the hot file holds in memory within its bound."""
        if self._applier.unwritten_bytes >= _UNWRITTEN_BYTES_MAX:
            self.write_out()

    def write_out(self) -> None:
        """In this thread: all that was flushed comes onto the disk, the journal may forget it."""
        began = time.monotonic()
        hotfile.checkpoint(self._engine, self._applier.hot)
        self.begin_anew(self.flushed)
        self._journal.forget_before(self._written)
        metrics.CHECKPOINT_DURATION.observe(time.monotonic() - began)

    def begin_anew(self, position: Position) -> None:
        """In this thread: the hot file on the disk is at this place of the journal."""
        self.flushed = self._written = position
        self._written_at = time.monotonic()
        self._applier.unwritten_bytes = 0

    def _next_part(self) -> tuple[Groups, Position, int]:
        bytes_max = self._limits.bytes_max // self._shrink
        frames, position = self._journal.read(self.flushed, bytes_max)
        groups: Groups = {}
        count, size = 0, 0
        for frame in frames:
            position = Position(position.generation, frame.end_offset)
            if frame.payload is None:
                metrics.JOURNAL_TORN.inc()
                log.error("a damaged frame of the journal was passed over")
                continue
            count += _gather(groups, frame.payload)
            size += len(frame.payload)
            if count >= self._limits.rows_max or size >= bytes_max:
                break
        return groups, position, count

    def _apply(self, groups: Groups, position: Position) -> None:
        try:
            self._applier.apply(groups, position)
        except Exception as error:
            if not _is_the_records_fault(error):
                raise
            log.warning("a flush met a record it cannot store, storing one by one: %s", error)
            self._apply_one_by_one(groups, position)
        for kind in ("trace", "observation", "score"):
            stored = sum(1 for key in groups if key[0] == kind)
            metrics.FLUSH_ROWS.labels(kind).inc(stored)

    def _apply_one_by_one(self, groups: Groups, position: Position) -> None:
        for key, arrived in groups.items():
            try:
                self._applier.apply({key: arrived}, None)
            except Exception as error:
                if not _is_the_records_fault(error):
                    raise
                self._faults.rejects.keep(key, arrived, str(error))
        self._applier.apply({}, position)

    def _arrive(self, position: Position) -> None:
        with self._state:
            self.flushed = position
            self.failure = None
            self._first_waiting_at = None
            ready = [call for wanted, call in self._listeners if wanted <= position]
            self._listeners = [pair for pair in self._listeners if pair[0] > position]
        for call in ready:
            call()

    def _note_failure(self, error: Exception) -> None:
        metrics.FLUSH_FAILURES.inc()
        self.failure = f"{type(error).__name__}: {error}"
        log.error("a flush failed and will be tried again: %s", self.failure)
        if isinstance(error, duckdb.OutOfMemoryException):
            self._shrink = min(self._shrink * 2, _SHRINK_MAX)
            self.make_room()
        if is_corrupt(error):
            self.examine()
        if is_fatal(error):
            self.renew(self._engine.generation)
        if not self._closing:
            time.sleep(_RETRY_SECONDS)

    def examine(self) -> None:
        """In this thread: set aside what cannot be read, replay what the journal has of it."""
        oldest = self._journal.oldest()
        if self._faults.examiner.examine(oldest):
            self.losses += 1
            self.begin_anew(oldest)

    def make_room(self) -> None:
        """In this thread: let go of what the hot file holds in memory beside its pages."""
        try:
            self.write_out()
        except duckdb.Error as error:
            log.warning("the hot file could not be written out: %s", error)

    def renew(self, generation: int) -> None:
        """In this thread: open the instance anew, unless that was done since `generation`.

        What the hot file had in memory is flushed once more, from the journal.
        """
        if generation == self._engine.generation:
            self.losses += 1
            self._engine.reopen()
            self._applier.renew(self._engine.cursor())
            self.begin_anew(self._faults.examiner.reread())


def _is_the_records_fault(error: Exception) -> bool:
    """Whether trying again cannot help: not the disk's, the memory's or the instance's fault."""
    if isinstance(error, duckdb.Error):
        return isinstance(error, (duckdb.DataError, duckdb.IntegrityError, duckdb.ProgrammingError))
    return not isinstance(error, (OSError, MemoryError))


def _gather(groups: Groups, payload: bytes) -> int:
    entry = decode(payload)
    for change in entry.changes:
        key = (change.kind, entry.project_id, change.id)
        known = groups.get(key)
        if known is None:
            groups[key] = Arrived([change], entry.origin, entry.received_ms)
        else:
            known.changes.append(change)
    return len(entry.changes)


def _distance(start: Position, end: Position) -> int:
    same = start.generation == end.generation
    return end.offset - start.offset if same else end.offset + 1
