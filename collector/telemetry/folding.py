"""Queries over many files: a partial per file, one file at a time, and a fold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from collector.errors import Unprocessable
from collector.telemetry.catalog import Catalog, Snapshot
from collector.telemetry.conditions import Where
from collector.telemetry.engine import rows
from collector.telemetry.manifest import StoreFile
from collector.telemetry.querying import Cursor
from collector.telemetry.sql import statement
from collector.telemetry.tables import numbers_text

Row = dict[str, Any]
OFFSET_ROWS_MAX = 100_000

# The column by which a row of a table belongs to a trace: a buried trace takes all of them with it.
_TRACE_COLUMN = {"traces": "id", "observations": "trace_id", "scores": "trace_id"}


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: what, in which order, which page."""

    table: str
    project_id: str
    where: Where
    order: str
    descending: bool = True
    join: str = ""
    is_by_time: bool = False

    def holes(self, file: StoreFile, snapshot: Snapshot) -> dict[str, str]:
        """The holes of `reads/keys.sql` and `reads/count.sql` for one file."""
        parts = (
            [self.where.sql, unburied(self.table)]
            if is_buried(file, snapshot)
            else [self.where.sql]
        )
        return {
            "at": file.at,
            "table": self.table,
            "join": self.join.format(at=file.at),
            "where": " and ".join(parts),
        }

    def params(self, file: StoreFile, snapshot: Snapshot) -> Row:
        """The bound values for one file."""
        return {
            "project_id": self.project_id,
            **self.where.params,
            **buried_params(file, snapshot, self.table),
        }


def is_buried(file: StoreFile, snapshot: Snapshot) -> bool:
    """Whether some rows of the file do not count."""
    buried = snapshot.buried_in(file)
    return bool(buried.traces or buried.scores)


def unburied(table: str, name: str = "t") -> str:
    """The condition that leaves out what a newer file replaced."""
    column = f"coalesce({name}.{_TRACE_COLUMN[table]}, '')"
    text = f"{column} not in (select unnest(from_json($buried_traces, '[\"VARCHAR\"]')))"
    if table == "scores":
        text += f" and {name}.id not in (select unnest(from_json($buried_scores, '[\"VARCHAR\"]')))"
    return text


def buried_params(file: StoreFile, snapshot: Snapshot, table: str) -> Row:
    """The values that `unburied` binds; none when nothing is buried in the file."""
    if not is_buried(file, snapshot):
        return {}
    buried = snapshot.buried_in(file)
    params = {"buried_traces": ids_text([key[1] for key in buried.traces])}
    if table == "scores":
        params["buried_scores"] = ids_text([key[1] for key in buried.scores])
    return params


def ids_text(ids: Sequence[str]) -> str:
    """Ids as the JSON text that the statements take."""
    return orjson.dumps(list(ids)).decode()


@dataclass(slots=True)
class PageKeys:
    """The keys of one page in order, where each lies, and how many rows there are in all."""

    ids: list[str] = field(default_factory=list)
    home: dict[str, StoreFile] = field(default_factory=dict)
    total: int = 0


def check_offset(page: int, limit: int) -> None:
    """Unprocessable for a page so far back that all before it would have to be sorted."""
    if page * limit > OFFSET_ROWS_MAX:
        raise Unprocessable(
            f"page times limit may not exceed {OFFSET_ROWS_MAX}; narrow the list with fromTimestamp"
        )


def page_keys(
    cursor: Cursor, catalog: Catalog, snapshot: Snapshot, listing: Listing, page: int, limit: int
) -> PageKeys:
    """Fold the best keys of each file into one page; ties go by id, so pages do not overlap."""
    check_offset(page, limit)
    needed = page * limit
    found: list[tuple[Any, str, StoreFile]] = []
    total = 0
    for file in snapshot.files:
        with catalog.attached(file):
            holes, params = listing.holes(file, snapshot), listing.params(file, snapshot)
            total += cursor.execute(statement("reads/count", **holes), params).fetchall()[0][0]
            if not _may_hold_better(found, needed, file, listing):
                continue
            direction = "desc" if listing.descending else "asc"
            query = statement("reads/keys", order=listing.order, direction=direction, **holes)
            best = cursor.execute(query, {**params, "limit": needed}).fetchall()
            found += [(sort_key, key, file) for key, sort_key in best]
        _sort(found, descending=listing.descending)
        found = _without_doubles(found)[:needed]
    chosen = found[needed - limit : needed]
    return PageKeys([key for _, key, _ in chosen], {key: file for _, key, file in chosen}, total)


def _may_hold_better(
    found: list[tuple[Any, str, StoreFile]], needed: int, file: StoreFile, listing: Listing
) -> bool:
    if file.is_hot or not listing.is_by_time or not listing.descending or len(found) < needed:
        return True
    return bool(file.max_ms >= found[-1][0])


def _sort(found: list[tuple[Any, str, StoreFile]], *, descending: bool) -> None:
    with_key = [entry for entry in found if entry[0] is not None]
    without = [entry for entry in found if entry[0] is None]
    with_key.sort(key=lambda entry: (entry[0], entry[1]), reverse=descending)
    found[:] = with_key + without


def _without_doubles(found: list[tuple[Any, str, StoreFile]]) -> list[tuple[Any, str, StoreFile]]:
    """A trace on its way to the hot file may show in both for a moment: the hot one counts."""
    kept: dict[str, tuple[Any, str, StoreFile]] = {}
    for entry in found:
        known = kept.get(entry[1])
        if known is None or (entry[2].is_hot and not known[2].is_hot):
            kept[entry[1]] = entry
    return list(kept.values())


def rows_of(
    cursor: Cursor, table: str, column: str, params: Row, where: Where | None = None
) -> list[Row]:
    """The rows of an attached table (`file.table`) whose `column` is one of `params["ids"]`."""
    at, _, name = table.partition(".")
    conditions = where or Where()
    query = statement("reads/numbers", at=at, table=name, column=column, where=conditions.sql)
    found = cursor.execute(query, {**params, **conditions.params}).fetchall()
    if not found:
        return []
    return rows(cursor, statement("reads/rows", at=at, table=name, numbers=numbers_text(found)))


def payloads(
    cursor: Cursor, file: StoreFile, table: str, project_id: str, ids: Sequence[str]
) -> list[Row]:
    """The payload rows of one attached file with these ids."""
    params = {"project_id": project_id, "ids": ids_text(ids)}
    return rows_of(cursor, f"{file.payload_at}.{table}", "id", params)
