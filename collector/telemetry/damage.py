"""Finds files that cannot be read any more and sets them aside: kept, marked, named, not asked."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from collector.telemetry import hotfile
from collector.telemetry.applying import Applier
from collector.telemetry.catalog import Catalog
from collector.telemetry.engine import Engine
from collector.telemetry.journal import Position
from collector.telemetry.manifest import Manifest, StoreFile
from collector.telemetry.sql import statement
from collector.telemetry.tables import NARROW_TABLES, PAYLOAD_TABLES

log = logging.getLogger(__name__)


@dataclass
class Examiner:
    """Used in the writer's thread, when a flush or a query met a damaged block."""

    engine: Engine
    manifest: Manifest
    catalog: Catalog
    applier: Applier
    folder: Path

    def reread(self) -> Position:
        """After the instance was opened anew: how far the files are, and what they buried.

        A hot file may have lost what it had in memory, with the tombstones of the same commits.
        """
        states = [hotfile.state(self.engine, file) for file in self.catalog.files() if file.is_hot]
        stones = [stone for state in states for stone in state.tombstones]
        self.catalog.bury_only([*self.manifest.tombstones(), *stones])
        return max(state.position for state in states)

    def examine(self, oldest: Position) -> bool:
        """Set aside each file that cannot be read; whether the active one was among them.

        A new one goes on in its place, from the oldest place that the journal still has.
        """
        before = self.applier.hot
        for file in self.catalog.files():
            fault = self._fault(file) if file.role != "damaged" else None
            if fault is not None:
                self._set_aside(file, oldest)
                log.critical(
                    "%s is damaged (%s); its traces are missing from reads until it is restored",
                    file.narrow_path,
                    fault,
                )
        return self.applier.hot is not before

    def _fault(self, file: StoreFile) -> str | None:
        try:
            with self.catalog.attached(file, payloads=True):
                cursor = self.engine.cursor()
                for at, tables in ((file.at, NARROW_TABLES), (file.payload_at, PAYLOAD_TABLES)):
                    for table in tables:
                        cursor.execute(statement("damage/read_all", at=at, table=table)).fetchall()
        except duckdb.OutOfMemoryException:
            return None
        except duckdb.Error as error:
            return str(error).splitlines()[0]
        return None

    def _set_aside(self, file: StoreFile, oldest: Position) -> None:
        added = [replace(file, role="damaged")]
        with self.manifest.swap():
            self.manifest.set_role(file.id, "damaged")
            if file.id == self.applier.hot.id:
                new = hotfile.create(self.engine, self.manifest, self.folder, oldest)
                self.manifest.add(new)
                added.append(new)
        self.catalog.publish(add=added)
        for new in added[1:]:
            self.applier.use(new)
