"""Records that were acknowledged and cannot be stored: kept in a file, counted, never dropped."""

import dataclasses
import logging
import os
from pathlib import Path

import orjson

from collector import metrics
from collector.records.change import Kind
from collector.records.rejection import Note, Rejection, ignore
from collector.telemetry.applying import Arrived

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class RejectFile:
    """One JSON line per record, with the reason; the people of the project are told, too."""

    path: Path
    note: Note = ignore

    def keep(self, key: tuple[Kind, str, str], arrived: Arrived, reason: str) -> None:
        """Append the record; OSError when the disk refuses, so that the flush is tried again."""
        kind, project_id, record_id = key
        line = {
            "kind": kind,
            "project_id": project_id,
            "id": record_id,
            "reason": reason,
            "received_ms": arrived.received_ms,
            "changes": [dataclasses.asdict(change) for change in arrived.changes],
        }
        with self.path.open("ab") as file:
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            file.flush()
            os.fdatasync(file.fileno())
        metrics.LIMIT_HITS.labels("unstorable_record").inc()
        log.error("a %s cannot be stored and was put into %s: %s", kind, self.path.name, reason)
        rejection = Rejection(
            project_id,
            arrived.received_ms,
            "flush",
            reason,
            kind,
            entity_id=record_id,
            payload=line["changes"],
        )
        self.note([rejection])
