"""Sessions as trace events name them: when first, and in which environment (ingestion.md 6.6).

No stored trace tells this: a trace's environment is that of its first event, and a later event may
name another session. A row is written when the hot file has none, whatever older files hold: of
several rows the one created first counts, so nothing sealed is looked up while writing.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from collector.records.change import Change
from collector.telemetry.catalog import Catalog, Snapshot
from collector.telemetry.engine import rows
from collector.telemetry.folding import ids_text
from collector.telemetry.manifest import StoreFile
from collector.telemetry.querying import Cursor
from collector.telemetry.sql import statement
from collector.telemetry.tables import Key, Row

_INTEGER_MAX = 2**53
_KNOWN_MAX = 10_000


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions to list: created from (inclusive) and to (exclusive); no environment: any."""

    from_ms: int | None = None
    to_ms: int | None = None
    environments: tuple[str, ...] = ()


class KnownSessions:
    """Sessions that the hot file has a row of, the latest ones: most traces name one of them."""

    def __init__(self) -> None:
        self._keys: OrderedDict[Key, None] = OrderedDict()

    def unknown(self, keys: Iterable[Key]) -> list[Key]:
        """Those of the keys that have to be looked for."""
        return [key for key in keys if key not in self._keys]

    def add(self, keys: Iterable[Key]) -> None:
        """To be forgotten, all of them, when the transaction is rolled back."""
        for key in keys:
            self._keys[key] = None
        while len(self._keys) > _KNOWN_MAX:
            self._keys.popitem(last=False)


def named_by(arrived: Iterable[tuple[str, Iterable[Change], int]]) -> dict[Key, Row]:
    """A row for each session that traces' changes name, the first in order of arrival.

    `arrived`: for each trace its project, its changes and when (Unix milliseconds) they came.
    """
    found: dict[Key, Row] = {}
    for project_id, changes, received_ms in arrived:
        for change in changes:
            session_id = change.fields.get("session_id")
            if session_id and (project_id, session_id) not in found:
                found[project_id, session_id] = _row(project_id, session_id, change, received_ms)
    return found


def _row(project_id: str, session_id: str, change: Change, received_ms: int) -> Row:
    event_ms = change.fields.get("timestamp_ms") or change.time_ms
    return {
        "project_id": project_id,
        "id": session_id,
        "environment": change.fields.get("environment") or "default",
        "event_ms": max(-_INTEGER_MAX, min(_INTEGER_MAX, int(event_ms))),
        "created_ms": received_ms,
    }


def find(
    cursor: Cursor, catalog: Catalog, snapshot: Snapshot, project_id: str, ids: Sequence[str]
) -> Mapping[str, Row]:
    """`environment` and `created_ms` by session id; a session that nobody named is absent."""
    found: dict[str, Row] = {}
    params = {"project_id": project_id, "ids": ids_text(ids)}
    for file in _with_sessions(cursor, catalog, snapshot):
        for row in rows(cursor, statement("reads/sessions", at=file.at), params):
            known = found.setdefault(row["id"], row)
            if row["created_ms"] < known["created_ms"]:
                found[row["id"]] = row
    return found


def list_page(
    cursor: Cursor,
    catalog: Catalog,
    snapshot: Snapshot,
    project_id: str,
    wanted: SessionFilter,
    places: range,
) -> tuple[list[Row], int]:
    """The sessions at these places, newest first, and how many fit the filter in all."""
    cursor.execute(statement("reads/begin_sessions"))
    try:
        for file in _with_sessions(cursor, catalog, snapshot):
            query = statement("reads/gather_sessions", at=file.at)
            cursor.execute(query, {"project_id": project_id})
        params = {
            "from_ms": wanted.from_ms,
            "to_ms": wanted.to_ms,
            "environments": ids_text(wanted.environments) if wanted.environments else None,
            "limit": len(places),
            "offset": places.start,
        }
        found = rows(cursor, statement("reads/list_sessions"), params)
    finally:
        cursor.execute(statement("reads/end_sessions"))
    total = found[0]["total"]
    return [row for row in found if row.pop("total") and row["id"] is not None], total


def _with_sessions(cursor: Cursor, catalog: Catalog, snapshot: Snapshot) -> Iterator[StoreFile]:
    """Each file that has the table, attached while it is the turn."""
    for file in snapshot.files:
        with catalog.attached(file):
            query = statement("reads/has_sessions", at=file.at)
            if cursor.execute(query).fetchall()[0][0]:
                yield file
