"""Which files a query has to read, held still while it reads them.

The writer's thread changes the list; readers take a snapshot whose files stay until it ends.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from collector.telemetry.engine import Engine
from collector.telemetry.manifest import StoreFile, Tombstone

Key = tuple[str, str]  # project id, id


@dataclass(frozen=True, slots=True)
class Buried:
    """Rows of one file that a newer file replaced."""

    traces: frozenset[Key] = frozenset()
    scores: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of one project, newest first, with what no longer counts in them."""

    files: tuple[StoreFile, ...]
    buried: dict[int, Buried]
    missing: tuple[str, ...] = ()

    def buried_in(self, file: StoreFile) -> Buried:
        """The rows of a file to pass over."""
        return self.buried.get(file.id, _NOTHING)


_NOTHING = Buried()


@dataclass
class Catalog:
    """The list of live files and their tombstones."""

    engine: Engine
    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _files: dict[int, StoreFile] = field(default_factory=dict)
    _buried: dict[int, Buried] = field(default_factory=dict)
    _leases: dict[int, int] = field(default_factory=dict)
    version: int = 0

    def announce(self) -> None:
        """Rows are about to move: queries that run across this moment are asked again."""
        self.version += 1

    def publish(
        self,
        *,
        add: Iterable[StoreFile] = (),
        remove: Iterable[int] = (),
        bury: Iterable[Tombstone] = (),
    ) -> None:
        """Make a change visible to the readers that come after, all at once."""
        added, removed, buried = list(add), list(remove), list(bury)
        with self._lock:
            if added or removed or buried:
                self.version += 1
            for file in added:
                self._files[file.id] = file
            for file_id in removed:
                self._files.pop(file_id, None)
                self._buried.pop(file_id, None)
            self._bury(buried)

    def bury_only(self, tombstones: Iterable[Tombstone]) -> None:
        """Forget all that was buried but for these."""
        with self._lock:
            self.version += 1
            self._buried = {}
            self._bury(tombstones)

    def _bury(self, tombstones: Iterable[Tombstone]) -> None:
        fresh: dict[int, tuple[set[Key], set[Key]]] = {}
        for stone in tombstones:
            traces, scores = fresh.setdefault(stone.source_id, (set(), set()))
            (traces if stone.kind == "trace" else scores).add((stone.project_id, stone.id))
        for source_id, (traces, scores) in fresh.items():
            old = self._buried.get(source_id, _NOTHING)
            self._buried[source_id] = Buried(old.traces | traces, old.scores | scores)

    def buried_in(self, file_id: int) -> Buried:
        """The rows of a file to pass over, as of now."""
        return self._buried.get(file_id, _NOTHING)

    def files(self) -> list[StoreFile]:
        """All files, oldest first."""
        with self._lock:
            return [self._files[key] for key in sorted(self._files)]

    @contextmanager
    def reading(
        self, project_id: str | None, *, only: Iterable[int] | None = None
    ) -> Iterator[Snapshot]:
        """Files that may hold rows of the project, kept until the block ends; hot ones first."""
        chosen = None if only is None else set(only)
        with self._lock:
            files = [
                file
                for file in self._files.values()
                if file.role != "damaged"
                and (file.is_hot or project_id is None or file.project_id == project_id)
                and (chosen is None or file.is_hot or file.id in chosen)
            ]
            damaged = tuple(
                file.narrow_path for file in self._files.values() if file.role == "damaged"
            )
            files.sort(key=lambda file: (file.is_hot, file.max_ms, file.id), reverse=True)
            snapshot = Snapshot(tuple(files), dict(self._buried), damaged)
            for file in files:
                self._leases[file.id] = self._leases.get(file.id, 0) + 1
        try:
            yield snapshot
        finally:
            with self._lock:
                for file in files:
                    self._leases[file.id] -= 1

    def is_read(self, file_id: int) -> bool:
        """Whether a query still reads the file."""
        with self._lock:
            return self._leases.get(file_id, 0) > 0

    @contextmanager
    def attached(self, file: StoreFile, *, payloads: bool = False) -> Iterator[None]:
        """Have one sealed file attached: one at a time costs half the memory of all."""
        if file.is_hot:
            yield
            return
        pairs = [(file.at, self.folder / file.narrow_path)]
        if payloads:
            pairs.append((file.payload_at, self.folder / file.payload_path))
        for name, path in pairs:
            self.engine.borrow(name, path)
        try:
            yield
        finally:
            for name, _ in pairs:
                self.engine.give_back(name)
