"""Sealing: what is quiet leaves the hot file for immutable segments per project and month.

A new hot file opens first; the old one is read-only from then on and is copied by a thread of low
priority. One commit of the manifest makes the swap; until then the old file counts and everything
written so far is thrown away by the next start.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import orjson

from collector import metrics
from collector.telemetry import hotfile, memory, segments
from collector.telemetry.applying import Applier
from collector.telemetry.catalog import Catalog
from collector.telemetry.engine import Engine, rows
from collector.telemetry.keyindex import KeyIndex
from collector.telemetry.manifest import Manifest, StoreFile, Tombstone
from collector.telemetry.sql import statement
from collector.telemetry.tables import Key, Tables, keys_text
from collector.telemetry.writer import Writer

T = TypeVar("T")

log = logging.getLogger(__name__)

_LOOK_SECONDS = 20.0
_NICENESS = 10
_ROWS_MOVED_AT_ONCE = 2_000
_LEASE_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class SealLimits:
    """When a project is sealed, and which traces stay hot."""

    observations: int = 100_000
    small_observations: int = 5_000
    small_age_seconds: float = 86_400
    age_seconds: float = 7 * 86_400
    quiet_seconds: float = 30 * 60


@dataclass
class Sealer:
    """Looks now and then whether something is to be sealed, and seals it."""

    engine: Engine
    manifest: Manifest
    catalog: Catalog
    keys: KeyIndex
    writer: Writer
    applier: Applier
    folder: Path
    limits: SealLimits

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._one_at_a_time = threading.Lock()
        self._sealed_at: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Stop; a seal under way is left unfinished and begins anew at the next start."""
        self._stop.set()
        if self._cursor is not None and self._thread.is_alive():
            # An instance opened anew since the last seal has closed its cursor.
            with suppress(duckdb.ConnectionException):
                self._cursor.interrupt()
        self._thread.join()

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.look()
            except _Stopped:
                return
            except Exception as error:  # noqa: BLE001 - the thread must live; the old file still counts
                metrics.SEAL_FAILURES.inc()
                name = type(error).__name__
                log.warning("a seal failed and begins anew later: %s: %s", name, error)

    # -- deciding ----------------------------------------------------------------------------

    def look(self) -> None:
        """Seal what is due; finish first what an earlier run began."""
        with self._one_at_a_time:
            for file in self.catalog.files():
                if file.role == "sealing":
                    self._seal(file, self._due(file))
            active = self.applier.hot
            due = self._due(active) - self._resting(active)
            if due:
                self._rotate_and_seal(due)

    def seal_now(self) -> None:
        """Seal everything that lies in the hot file, however little, quiet or not."""
        with self._one_at_a_time:
            everything = {row["project_id"] for row in self._census(self.applier.hot)}
            if everything:
                self._rotate_and_seal(everything, quiet_seconds=-1.0)

    def _due(self, file: StoreFile) -> set[str]:
        now_ms = time.time() * 1000
        return {
            row["project_id"]
            for row in self._census(file)
            if self._is_due(row["observations"], (now_ms - row["oldest_ms"]) / 1000)
        }

    def _resting(self, file: StoreFile) -> set[str]:
        """Sealed so lately that what is old in the file was touched since: it would only move on.

        Old traces that late events or re-pricing brought back stay hot until they are quiet.
        """
        since = time.monotonic() - self.limits.quiet_seconds
        return {
            row["project_id"]
            for row in self._census(file)
            if row["observations"] < self.limits.observations
            and self._sealed_at.get(row["project_id"], since) > since
        }

    def _is_due(self, observations: int, age_seconds: float) -> bool:
        limits = self.limits
        return (
            observations >= limits.observations
            or (
                observations >= limits.small_observations
                and age_seconds >= limits.small_age_seconds
            )
            or age_seconds >= limits.age_seconds
        )

    def _census(self, file: StoreFile) -> list[dict[str, Any]]:
        cursor = self.engine.cursor()
        return rows(cursor, statement("seal/census", at=file.at))

    # -- doing -------------------------------------------------------------------------------

    def _rotate_and_seal(self, projects: set[str], quiet_seconds: float | None = None) -> None:
        old = self._in_writer(self._rotate)
        self._seal(old, projects, quiet_seconds)
        self._sealed_at.update(dict.fromkeys(projects, time.monotonic()))

    def _rotate(self) -> StoreFile:
        """In the writer's thread: write into a new file from the next flush on."""
        old = self.applier.hot
        self.writer.write_out()
        new = hotfile.create(self.engine, self.manifest, self.folder, self.writer.flushed)
        with self.manifest.swap():
            self.manifest.set_role(old.id, "sealing")
            self.manifest.add(new)
        old = replace(old, role="sealing")
        self.catalog.publish(add=[old, new])
        self.applier.use(new)
        return old

    def _seal(self, old: StoreFile, projects: set[str], quiet_seconds: float | None = None) -> None:
        began, losses = time.monotonic(), self.writer.losses
        quiet = self.limits.quiet_seconds if quiet_seconds is None else quiet_seconds
        self._move_what_stays_hot(old, projects, (time.time() - quiet) * 1000)
        made = list(self._make_segments(old, projects))
        months = [(file.project_id, file.month) for file in made]
        self._in_writer(lambda: self.applier.keep_sessions(old, months))
        self._in_writer(lambda: self._swap(old, made, losses))
        self._delete(old)
        metrics.SEAL_DURATION.observe(time.monotonic() - began)
        metrics.LAST_SEAL.set_to_current_time()
        memory.give_back()
        log.info("sealed %d segments of %d projects", len(made), len(projects))

    def _move_what_stays_hot(self, old: StoreFile, sealed: set[str], quiet_ms: float) -> None:
        cursor = self.engine.cursor()
        projects = orjson.dumps(sorted(sealed)).decode()
        query = statement("seal/movable_traces", at=old.at)
        found = cursor.execute(query, {"sealed": projects, "quiet_ms": int(quiet_ms)}).fetchall()
        for part in _parts([((project, key), amount) for project, key, amount in found]):
            self._in_writer(partial(self._move_traces, old, part))
        loose = cursor.execute(
            statement("seal/movable_scores", at=old.at), {"sealed": projects}
        ).fetchall()
        for part in _parts([((project, key), 1) for project, key in loose]):
            self._in_writer(partial(self._move_scores, old, part))

    def _move_traces(self, old: StoreFile, keys: list[Key]) -> None:
        self.writer.write_out_if_large()
        fresh = [key for key in keys if key not in self.catalog.buried_in(old.id).traces]
        if fresh:
            self.applier.move_traces(old, fresh)

    def _move_scores(self, old: StoreFile, keys: list[Key]) -> None:
        fresh = [key for key in keys if key not in self.catalog.buried_in(old.id).scores]
        if fresh:
            self.applier.move_scores(old, fresh)

    def _make_segments(self, old: StoreFile, projects: set[str]) -> Iterator[StoreFile]:
        cursor = self._cursor = self.engine.cursor()
        buried = self.catalog.buried_in(old.id)
        chosen = {"sealed": orjson.dumps(sorted(projects)).decode()}
        traces = keys_text(buried.traces)
        cursor.execute(statement("seal/plan_traces", at=old.at), chosen | {"buried": traces})
        scores = {"buried": keys_text(buried.scores), "buried_traces": traces}
        cursor.execute(statement("seal/plan_scores", at=old.at), chosen | scores)
        cursor.execute(statement("seal/plan_sessions", at=old.at), chosen)
        for project_id, month in cursor.execute(statement("seal/groups")).fetchall():
            self._check_stop()
            file_id = self._in_writer(self.manifest.reserve_id)
            file = segments.write(
                self.engine, cursor, self.folder, old, (file_id, project_id, month)
            )
            with self.catalog.attached(file):
                self.keys.add(cursor, file)
            yield file

    def _swap(self, old: StoreFile, made: list[StoreFile], losses: int) -> None:
        """In the writer's thread, between two flushes: the segments count, the old file no more."""
        # What was moved out of the old file is in no journal: it must be on the disk before the
        # old file is deleted, and not lost with an instance that was opened anew meanwhile.
        self.writer.write_out()
        if self.writer.losses != losses:
            raise RuntimeError("what was moved to the hot file was lost, and is moved again")
        tombstones = self._carried_over(old) + self._moved_since(old, made)
        with self.manifest.swap():
            for file in made:
                self.manifest.add(file)
            self.manifest.bury(tombstones)
            self.manifest.remove(old.id)
        self.catalog.publish(add=made, remove=[old.id], bury=tombstones)

    def _carried_over(self, old: StoreFile) -> list[Tombstone]:
        live = {file.id for file in self.catalog.files()}
        found = self.applier.cursor.execute(statement("hot/tombstones", at=old.at)).fetchall()
        return [Tombstone(*row) for row in found if row[0] in live]

    def _moved_since(self, old: StoreFile, made: list[StoreFile]) -> list[Tombstone]:
        """What went to the hot file after it had been copied into a segment."""
        buried = self.catalog.buried_in(old.id)
        tombstones = []
        for file in made:
            with self.catalog.attached(file):
                tables = Tables(self.applier.cursor, file.at)
                for kind, table, keys in (
                    ("trace", "traces", buried.traces),
                    ("score", "scores", buried.scores),
                ):
                    mine = [key for key in keys if key[0] == file.project_id]
                    tombstones += [
                        Tombstone(file.id, kind, *key) for key in tables.find(table, mine)
                    ]
        return tombstones

    def _delete(self, old: StoreFile) -> None:
        while self.catalog.is_read(old.id):
            self._check_stop()
            time.sleep(_LEASE_LOOK_SECONDS)
        self._in_writer(lambda: self.engine.detach(old.at))
        for name in (old.narrow_path, f"{old.narrow_path}.wal"):
            (self.folder / name).unlink(missing_ok=True)

    # -- with the writer ---------------------------------------------------------------------

    def _in_writer(self, task: Callable[[], T]) -> T:
        self._check_stop()
        future = self.writer.call(task)
        while True:
            try:
                return future.result(timeout=0.5)
            except TimeoutError:
                if future.done():
                    raise
                self._check_stop()

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise _Stopped


class _Stopped(Exception):
    """The service is ending; the seal begins anew at the next start."""


def _parts(keys: list[tuple[Key, int]]) -> Iterator[list[Key]]:
    """Keys in parts of at most so many rows, so that a flush never waits long."""
    part: list[Key] = []
    size = 0
    for key, amount in keys:
        if part and size + amount > _ROWS_MOVED_AT_ONCE:
            yield part
            part, size = [], 0
        part.append(key)
        size += amount + 1
    if part:
        yield part
