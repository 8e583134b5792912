"""The journal: every acknowledged change is in it, durable, before the answer goes out.

One thread appends the frames of all waiting requests and syncs them together. It is also the queue
of the flush: frames are read back from the file, so what waits costs disk and no memory. A file
whose write or sync failed is never written again; the requests that waited on it get 503.
"""

import asyncio
import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from collector import metrics
from collector.errors import Unavailable
from collector.telemetry.frames import HEAD_BYTES, Frame, frame_length, scan

_NAME = re.compile(r"journal-(\d{10})\.log")
_REOPEN_SECONDS = 1.0
_READ_BYTES_MIN = 256 * 1024


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the journal: all before it is meant."""

    generation: int
    offset: int


@dataclass(slots=True)
class _Waiting:
    frames: Sequence[bytes]
    done: "asyncio.Future[Position]"


class Journal:
    """Appends with one sync for all that wait, reads back in order, forgets what is flushed."""

    def __init__(
        self, folder: Path, *, file_bytes: int, on_durable: Callable[[Position], None]
    ) -> None:
        """`on_durable` is called in the journal's thread after each sync."""
        self._folder = folder
        self._file_bytes = file_bytes
        self._on_durable = on_durable
        self._wake = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._closing = False
        self._file: BinaryIO | None = None
        self._reopen_at = 0.0
        folder.mkdir(parents=True, exist_ok=True)
        generations = self.generations()
        self._generation = generations[-1] if generations else 0
        self.durable = Position(self._generation, self._size(self._generation))
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    # -- appending ---------------------------------------------------------------------------

    async def append(self, frames: Sequence[bytes]) -> Position:
        """The position after the frames once they are on the disk, or Unavailable."""
        done: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        with self._wake:
            if self._closing:
                raise Unavailable("the service is shutting down; send again")
            self._waiting.append(_Waiting(frames, done))
            self._wake.notify()
        return await done

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closing:
                    self._wake.wait()
                batch, self._waiting = self._waiting, []
                if not batch and self._closing:
                    break
            self._write(batch)
        if self._file is not None:
            self._file.close()

    def _write(self, batch: list[_Waiting]) -> None:
        try:
            self._append_and_sync(batch)
        except OSError as error:
            metrics.JOURNAL_FAILURES.inc()
            self._abandon_file()
            _settle(batch, error=Unavailable(f"the journal cannot be written: {error.strerror}"))
            return
        self._on_durable(self.durable)
        _settle(batch, position=self.durable)

    def _append_and_sync(self, batch: list[_Waiting]) -> None:
        file = self._open_file()
        for waiting in batch:
            file.writelines(waiting.frames)
        file.flush()
        os.fdatasync(file.fileno())
        self.durable = Position(self._generation, file.tell())

    def _open_file(self) -> BinaryIO:
        if self._file is not None and self._file.tell() >= self._file_bytes:
            self._file.close()
            self._file = None
        if self._file is None:
            if time.monotonic() < self._reopen_at:
                raise OSError(28, "the disk refused a moment ago")
            self._generation += 1
            self._file = self.path(self._generation).open("xb")
            self._sync_folder()
        return self._file

    def _abandon_file(self) -> None:
        self._reopen_at = time.monotonic() + _REOPEN_SECONDS
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.close()
            except OSError:
                return  # its buffer cannot be written either; the requests have been told

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    # -- reading back ------------------------------------------------------------------------

    def read(self, start: Position, bytes_max: int) -> tuple[list[Frame], Position]:
        """Whole frames after `start`, about `bytes_max` of them, and where the next read begins.

        Never reads past what is durable. One frame is always returned whole, however large.
        """
        end = self.durable
        if start >= end:
            return [], start
        if start.generation < end.generation and start.offset >= self._size(start.generation):
            return self.read(Position(self._next_generation(start.generation), 0), bytes_max)
        limit = end.offset if start.generation == end.generation else self._size(start.generation)
        frames = list(scan(self._read_bytes(start, limit, bytes_max), start.offset))
        if frames:
            return frames, Position(start.generation, frames[-1].end_offset)
        # A torn tail: it was never acknowledged, and the next generation follows it.
        return [], Position(start.generation, limit)

    def _read_bytes(self, start: Position, limit: int, bytes_max: int) -> bytes:
        with self.path(start.generation).open("rb") as file:
            file.seek(start.offset)
            wanted = min(limit - start.offset, max(bytes_max, _READ_BYTES_MIN))
            data = file.read(wanted)
            first = frame_length(data[:HEAD_BYTES])
            if first is not None and first > len(data):
                data += file.read(min(first, limit - start.offset) - len(data))
        return data

    def bytes_after(self, start: Position) -> int:
        """How many bytes wait to be flushed."""
        total = 0
        for generation in self.generations():
            if generation < start.generation:
                continue
            size = (
                self.durable.offset
                if generation == self.durable.generation
                else self._size(generation)
            )
            total += size - (start.offset if generation == start.generation else 0)
        return max(total, 0)

    def forget_before(self, position: Position) -> None:
        """Delete the files that are wholly flushed."""
        for generation in self.generations():
            if generation < position.generation:
                self.path(generation).unlink(missing_ok=True)

    def oldest(self) -> Position:
        """The first place that is still there."""
        generations = self.generations()
        return Position(generations[0], 0) if generations else self.durable

    def generations(self) -> list[int]:
        """The files there are, oldest first."""
        found = (_NAME.fullmatch(path.name) for path in self._folder.iterdir())
        return sorted(int(match[1]) for match in found if match)

    def path(self, generation: int) -> Path:
        """Where a generation lies."""
        return self._folder / f"journal-{generation:010d}.log"

    def _next_generation(self, generation: int) -> int:
        return next((g for g in self.generations() if g > generation), self.durable.generation)

    def _size(self, generation: int) -> int:
        try:
            return self.path(generation).stat().st_size
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()


def _settle(
    batch: list[_Waiting], position: Position | None = None, error: Exception | None = None
) -> None:
    loops = {waiting.done.get_loop() for waiting in batch}
    for loop in loops:
        mine = [waiting.done for waiting in batch if waiting.done.get_loop() is loop]
        try:
            loop.call_soon_threadsafe(_resolve, mine, position, error)
        except RuntimeError:
            continue  # the loop is gone, and with it whoever waited


def _resolve(
    futures: "list[asyncio.Future[Position]]", position: Position | None, error: Exception | None
) -> None:
    for future in futures:
        if future.done():
            continue
        if error is not None:
            future.set_exception(error)
        elif position is not None:
            future.set_result(position)
