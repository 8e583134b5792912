"""The trace store: takes changes durably, makes them readable, seals what is old."""

import asyncio
import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from collector import metrics
from collector.errors import Unavailable
from collector.records.change import Change, Origin
from collector.records.rejection import Note, Rejection, ignore
from collector.settings import Settings
from collector.telemetry import frames, hotfile
from collector.telemetry.applying import Applier
from collector.telemetry.catalog import Catalog
from collector.telemetry.damage import Examiner
from collector.telemetry.engine import Engine, EngineLimits
from collector.telemetry.journal import Journal, Position
from collector.telemetry.keyindex import KeyIndex
from collector.telemetry.manifest import Manifest, StoreFile
from collector.telemetry.querying import QueryLimits, QueryRunner, Relief
from collector.telemetry.reads import Reads
from collector.telemetry.rejects import RejectFile
from collector.telemetry.rows import Knowledge
from collector.telemetry.sealing import Sealer, SealLimits
from collector.telemetry.writer import Faults, FlushLimits, Writer

if TYPE_CHECKING:
    from collector.telemetry.comparing import Range
    from collector.telemetry.repricing import Repricing

log = logging.getLogger(__name__)

_DISK_LOOK_SECONDS = 1.0
_ROOM_SECONDS = 5.0


class Store:
    """Opened once per process. `append` works as soon as it is made, reads once `start` has run."""

    def __init__(
        self, settings: Settings, knowledge: Knowledge | None = None, note: Note = ignore
    ) -> None:
        self._settings = settings
        self._knowledge = knowledge or Knowledge()
        self._note = note
        self.folder = settings.data_dir / "traces"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._writer: Writer | None = None
        self._latest: dict[str, Position] = {}
        self._disk_looked_at = 0.0
        self._disk_is_full = False
        self._journal_is_full = False
        self.journal = Journal(
            self.folder / "journal",
            file_bytes=settings.journal_file_bytes,
            on_durable=self._on_durable,
        )
        self._replay_end = self.journal.durable

    # -- life --------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the files, replay what the journal has more, flush and seal from then on. Blocks."""
        settings = self._settings
        self.engine = Engine(
            settings.data_dir / "tmp" / "spill",
            EngineLimits(
                settings.duckdb_memory_limit_mib,
                settings.duckdb_threads,
                settings.spill_bytes_max,
                settings.query_deadline_seconds,
            ),
        )
        self._manifest = Manifest(self.folder / "manifest.sqlite")
        self.catalog = Catalog(self.engine, self.folder)
        self.keys = KeyIndex(self.engine, self.folder / "keys.duckdb")
        position = self._open_files()
        applier = Applier(
            self.engine.cursor(), self.catalog, self.keys, self._knowledge, self._note_dropped
        )
        applier.use(self._active_file(position))
        flush = FlushLimits(
            settings.flush_interval_seconds, settings.flush_rows_max, settings.flush_bytes_max
        )
        examiner = Examiner(self.engine, self._manifest, self.catalog, applier, self.folder)
        rejects = RejectFile(self.folder / "unstorable.jsonl", self._note)
        self._writer = Writer(
            self.engine, self.journal, applier, position, flush, Faults(rejects, examiner)
        )
        self.sealer = Sealer(
            self.engine,
            self._manifest,
            self.catalog,
            self.keys,
            self._writer,
            applier,
            self.folder,
            SealLimits(
                settings.seal_observations,
                settings.seal_small_observations,
                settings.seal_small_age_hours * 3600,
                settings.seal_age_days * 86400,
                settings.seal_quiet_minutes * 60,
            ),
        )
        queries = QueryLimits(
            settings.query_queue_max,
            settings.query_queue_wait_seconds,
            settings.query_deadline_seconds,
        )
        self._runner = QueryRunner(
            self.engine, queries, Relief(self._renew, self._make_room, self._examine)
        )
        self.reads = Reads(self.catalog, self.keys, self._runner)
        self._writer.start()
        self.sealer.start()

    def _open_files(self) -> Position:
        """List and attach the files of earlier runs; how far the journal is in them."""
        position = Position(0, 0)
        for file in self._manifest.files():
            if file.is_hot:
                position = max(position, self._open_hot(file))
            else:
                self.catalog.publish(add=[file])
        self.catalog.publish(bury=self._manifest.tombstones())
        self._delete_unlisted()
        known = self.keys.known_sources()
        for file in self.catalog.files():
            if file.role == "segment" and file.id not in known:
                with self.catalog.attached(file):
                    self.keys.add(self.engine.cursor(), file)
        return position

    def _open_hot(self, file: StoreFile) -> Position:
        try:
            state = hotfile.open_existing(self.engine, self.folder, file)
        except OSError as error:
            # What it holds cannot be read now: the file is kept, marked, shown; new data goes on.
            log.critical("%s; its traces are missing from reads until it is restored", error)
            with self._manifest.swap():
                self._manifest.set_role(file.id, "damaged")
            self.catalog.publish(add=[replace(file, role="damaged")])
            return Position(0, 0)
        self.catalog.publish(add=[file], bury=state.tombstones)
        return state.position

    def _active_file(self, position: Position) -> StoreFile:
        active = [file for file in self.catalog.files() if file.role == "active"]
        if active:
            return active[-1]
        file = hotfile.create(self.engine, self._manifest, self.folder, position)
        with self._manifest.swap():
            self._manifest.add(file)
        self.catalog.publish(add=[file])
        return file

    def _delete_unlisted(self) -> None:
        """Remove what a seal left half-written: only the manifest says what counts."""
        listed = {
            path for file in self.catalog.files() for path in (file.narrow_path, file.payload_path)
        }
        for path in [
            *self.folder.glob("hot-*.duckdb*"),
            *self.folder.glob("segments/**/*.duckdb*"),
        ]:
            name = str(path.relative_to(self.folder)).removesuffix(".wal").removesuffix(".tmp")
            if name not in listed:
                path.unlink()

    def close(self) -> None:
        """Stop taking, write what is durable as far as there is time, close the files."""
        self.journal.close()
        if self._writer is None:
            return
        self.sealer.close()
        self._runner.close()
        self._writer.close(self._settings.shutdown_seconds)
        self.engine.close()
        self._manifest.close()

    def _renew(self, generation: int) -> None:
        if self._writer is not None:
            self._writer.call(partial(self._writer.renew, generation))

    def _examine(self) -> None:
        if self._writer is not None:
            self._writer.call(self._writer.examine)

    def _make_room(self) -> None:
        if self._writer is None:
            return
        try:
            self._writer.call(self._writer.make_room).result(_ROOM_SECONDS)
        except TimeoutError:
            return  # the writer is busy; the query is tried once more all the same

    # -- writing -----------------------------------------------------------------------------

    async def append(self, project_id: str, origin: Origin, changes: Sequence[Change]) -> None:
        """Return once the changes are on the disk; Unavailable when they cannot be."""
        if not changes:
            return
        self._refuse_when_full()
        began = time.monotonic()
        encoded = frames.encode(project_id, origin, int(time.time() * 1000), changes)
        position = await self.journal.append(encoded)
        self._latest[project_id] = max(position, self._latest.get(project_id, position))
        metrics.JOURNAL_APPEND.observe(time.monotonic() - began)

    def _refuse_when_full(self) -> None:
        now = time.monotonic()
        if now - self._disk_looked_at >= _DISK_LOOK_SECONDS:
            self._disk_looked_at = now
            free = shutil.disk_usage(self.folder).free
            waiting = self.backlog_bytes()
            metrics.DISK_FREE.set(free)
            metrics.JOURNAL_BYTES.set(waiting)
            self._disk_is_full = free < self._settings.disk_free_bytes_min
            self._journal_is_full = waiting > self._settings.journal_bytes_max
        if self._disk_is_full:
            metrics.LIMIT_HITS.labels("disk_free_bytes_min").inc()
            raise Unavailable("the disk is full: free space on the data folder", 5)
        if self._journal_is_full:
            metrics.LIMIT_HITS.labels("journal_bytes_max").inc()
            raise Unavailable("the journal is full: it cannot be flushed as fast as it grows", 5)

    def backlog_bytes(self) -> int:
        """Bytes of the journal that are not in the hot file yet."""
        flushed = self._writer.flushed if self._writer is not None else Position(0, 0)
        return self.journal.bytes_after(flushed)

    def _on_durable(self, position: Position) -> None:
        if self._writer is not None:
            self._writer.on_durable(position)

    def _note_dropped(self, dropped: list[Rejection]) -> None:
        for rejection in dropped:
            metrics.INGEST_EVENTS.labels("flush", rejection.reason).inc()
        self._note(dropped)

    # -- reading -----------------------------------------------------------------------------

    def repricing(self, range_: "Range") -> "Repricing":
        """A walk that prices stored observations anew; the files must be open."""
        from collector.telemetry.repricing import Repricing

        assert self._writer is not None
        return Repricing(self._runner, self._writer, self.sealer.applier, range_)

    @property
    def is_ready(self) -> bool:
        """Whether reads can be answered."""
        return self._writer is not None

    def problems(self) -> list[str]:
        """What an operator has to know, a sentence each; nothing when all is well."""
        found = []
        if self._disk_is_full:
            found.append("the disk is full: events are refused until space is free")
        if self._journal_is_full:
            found.append("the journal is full: events are refused until it is flushed")
        if self.failure:
            found.append(f"flushes fail and are tried again: {self.failure}")
        if self.is_ready:
            found += [
                f"{name} is damaged: its traces are missing from reads until it is restored"
                for name in self.reads.missing
            ]
        return found

    @property
    def failure(self) -> str | None:
        """Why flushes fail at present, if they do."""
        return self._writer.failure if self._writer is not None else None

    async def visible(self, project_id: str) -> None:
        """Wait until all that was acknowledged for the project is readable, or Unavailable."""
        if self._writer is None:
            raise Unavailable(
                "the service is starting; what it took is safe, reads follow in a moment"
            )
        position = max(self._latest.get(project_id, self._replay_end), self._replay_end)
        if position <= self._writer.flushed:
            return
        began = time.monotonic()
        await self._flushed(position)
        metrics.READ_WAIT.observe(time.monotonic() - began)

    async def _flushed(self, position: Position) -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        writer = self._writer
        if writer is None or not writer.when_flushed(position, partial(_set_soon, loop, done)):
            return
        try:
            await asyncio.wait_for(done.wait(), self._settings.read_wait_seconds)
        except TimeoutError:
            metrics.LIMIT_HITS.labels("read_wait_seconds").inc()
            raise Unavailable("reads are behind the writes; ask again in a moment") from None


def _set_soon(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    loop.call_soon_threadsafe(event.set)
