"""Finds stored observations that present prices would give other amounts; runs in a query's thread.

They are gone through by start and id, which no move between files alters. What the narrow row tells
is mostly enough: a payload is read only where an estimate or a pricing tier depends on it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import orjson

from collector.telemetry import folding, parts
from collector.telemetry.amounts import amounts
from collector.telemetry.catalog import Catalog, Snapshot
from collector.telemetry.engine import rows
from collector.telemetry.manifest import StoreFile
from collector.telemetry.querying import Cursor
from collector.telemetry.rows import Knowledge
from collector.telemetry.sql import statement
from collector.telemetry.tables import Row

T = TypeVar("T")
Place = tuple[int, str]  # start, id

OBSERVATIONS_MAX = 400
# Payloads that one batch reads, and that are in memory at once.
_READ_BYTES_MAX = 16 << 20
_HELD_BYTES_MAX = 2 << 20
_ROW_BYTES = 500
_TIME_MAX = 2**60

_FROM_PRICES = (
    *("usage_details", "cost_details", "model_id", "pricing_tier_id", "pricing_tier_name"),
    *("input_price", "output_price", "total_price", "input_tokens", "output_tokens"),
    *("total_tokens", "input_cost", "output_cost", "total_cost"),
)


@dataclass(frozen=True, slots=True)
class Range:
    """Which observations: started from (inclusive) until (exclusive), of these models or of all."""

    project_id: str
    from_ms: int | None = None
    until_ms: int | None = None
    models: tuple[str, ...] = ()

    def params(self, place: Place | None) -> Row:
        """What the statements bind, going on behind a place."""
        start_ms = -_TIME_MAX if self.from_ms is None else self.from_ms
        after_ms, after_id = place or (start_ms, "")
        return {
            "project_id": self.project_id,
            "after_ms": after_ms,
            "after_id": after_id,
            "until_ms": _TIME_MAX if self.until_ms is None else self.until_ms,
            **({"models": folding.ids_text(self.models)} if self.models else {}),
        }

    def holes(self, file: StoreFile, snapshot: Snapshot) -> dict[str, str]:
        """What the statements about one file say."""
        is_buried = folding.is_buried(file, snapshot)
        return {
            "at": file.at,
            "models": _OF_MODELS if self.models else "true",
            "where": folding.unburied("observations") if is_buried else "true",
        }


_OF_MODELS = "t.model in (select unnest(from_json($models, '[\"VARCHAR\"]')))"


@dataclass(frozen=True, slots=True)
class _Stored:
    """A narrow row as it was read, and where."""

    row: Row
    file: StoreFile


@dataclass(frozen=True, slots=True)
class Changed:
    """An observation whose amounts differ; `updated_ms` says of which state that holds."""

    trace_id: str
    updated_ms: int
    amounts: Row


@dataclass(slots=True)
class Batch:
    """What one step found; costs in USD, `unpriced` are models of usage without a price."""

    place: Place | None = None
    is_last: bool = True
    looked_at: int = 0
    changed: int = 0
    cost_before: float = 0.0
    cost_after: float = 0.0
    unpriced: list[str] = field(default_factory=list)
    pieces: list[dict[str, Changed]] = field(default_factory=list)


class _PayloadNeeded(Exception):
    """The price depends on what only the payload tells."""


class _Narrow(Mapping[str, Any]):
    """What a narrow row tells; whoever asks for more gets _PayloadNeeded."""

    def __init__(self, known: Row, unread: frozenset[str]) -> None:
        self._known = known
        self._unread = unread

    def __getitem__(self, name: str) -> Any:
        if name in self._unread:
            raise _PayloadNeeded
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


_UNREAD_TEXTS = frozenset({"input", "output"})
_UNREAD_ATTRIBUTES = _Narrow({}, frozenset({"model_parameters", "metadata"}))


class Comparing:
    """Over one range, with what flushes know."""

    def __init__(self, catalog: Catalog, range_: Range, knowledge: Knowledge) -> None:
        self._catalog = catalog
        self._range = range_
        self._knowledge = replace(knowledge, count_unpriced=self._note_unpriced)
        self._is_unpriced = False

    def total(self, cursor: Cursor, place: Place | None) -> int:
        """How many observations there are behind a place."""
        found = 0
        with self._catalog.reading(self._range.project_id) as snapshot:
            for file, holes, params in self._files(snapshot, place):
                with self._catalog.attached(file):
                    query = statement("reprice/count", **holes)
                    found += cursor.execute(query, params).fetchall()[0][0]
        return found

    def next_batch(self, cursor: Cursor, place: Place | None, brought_bytes_max: int) -> Batch:
        """The observations behind a place; `pieces` bring back so many bytes at once."""
        with self._catalog.reading(self._range.project_id) as snapshot:
            found = self._next(cursor, snapshot, place)
            batch = Batch(place, is_last=len(found) < OBSERVATIONS_MAX)
            changed = self._compared(cursor, found, batch)
            batch.pieces = list(self._pieces(cursor, found, changed, brought_bytes_max))
        return batch

    def _files(
        self, snapshot: Snapshot, place: Place | None
    ) -> Iterator[tuple[StoreFile, dict[str, str], Row]]:
        """Those that may hold observations behind the place, hot ones first, then by time."""
        params = self._range.params(place)
        for file in sorted(snapshot.files, key=lambda file: (not file.is_hot, file.min_ms)):
            is_inside = params["after_ms"] <= file.max_ms and file.min_ms < params["until_ms"]
            if file.is_hot or is_inside:
                buried = folding.buried_params(file, snapshot, "observations")
                yield file, self._range.holes(file, snapshot), params | buried

    def _next(self, cursor: Cursor, snapshot: Snapshot, place: Place | None) -> dict[str, _Stored]:
        """The next ones by id, in order; of two with the same id the hot one."""
        found: dict[str, _Stored] = {}
        last_ms = -_TIME_MAX
        for file, holes, params in self._files(snapshot, place):
            if not file.is_hot and len(found) == OBSERVATIONS_MAX and file.min_ms > last_ms:
                break
            with self._catalog.attached(file):
                query = statement("reprice/observations", **holes)
                for row in rows(cursor, query, params | {"limit": OBSERVATIONS_MAX}):
                    found.setdefault(row["id"], _Stored(row, file))
            ordered = sorted(found.items(), key=lambda item: (item[1].row["start_ms"], item[0]))
            found = dict(ordered[:OBSERVATIONS_MAX])
            last_ms = max((stored.row["start_ms"] for stored in found.values()), default=last_ms)
        return found

    def _compared(
        self, cursor: Cursor, found: Mapping[str, _Stored], batch: Batch
    ) -> dict[str, Changed]:
        """Those whose amounts differ now; fewer than were found when payloads are large."""
        changed: dict[str, Changed] = {}
        read_bytes = 0
        fresh: dict[str, Row] = {}
        unread: list[str] = []
        for key, stored in found.items():
            try:
                fresh[key] = self._amounts(stored.row, None, batch)
            except _PayloadNeeded:
                if unread and read_bytes + stored.row["payload_bytes"] > _READ_BYTES_MAX:
                    batch.is_last = False
                    break
                read_bytes += stored.row["payload_bytes"]
                unread.append(key)
            batch.place = (stored.row["start_ms"], key)
            batch.looked_at += 1
        for key, payload in self._payloads(cursor, [found[key] for key in unread]):
            fresh[key] = self._amounts(found[key].row, payload, batch)
        for key, new in fresh.items():
            row = found[key].row
            batch.cost_before += row["total_cost"] or 0.0
            batch.cost_after += new["total_cost"] or 0.0
            if _differs(row, new):
                changed[key] = Changed(row["trace_id"], row["updated_ms"], new)
        batch.changed = len(changed)
        return changed

    def _amounts(self, row: Row, payload: Row | None, batch: Batch) -> Row:
        """As a flush would make them of the merged record."""
        known = {"model": row["model"], "level": row["level"]}
        for name, column in (("usage", "provided_usage"), ("cost", "provided_cost")):
            if row[column] is not None:
                known[name] = orjson.loads(row[column])
        values: Mapping[str, Any]
        if payload is None:
            values = _Narrow(known | {"usage_attributes": _UNREAD_ATTRIBUTES}, _UNREAD_TEXTS)
        else:
            texts = (
                ("model_parameters", row),
                ("metadata", payload),
                ("usage_attributes", payload),
            )
            for name, source in texts:
                text = source.get(name)
                known[name] = None if text is None else orjson.loads(text)
            values = known | {name: payload.get(name) for name in _UNREAD_TEXTS}
        self._is_unpriced = False
        made = amounts(values, self._range.project_id, self._knowledge)
        if self._is_unpriced:
            batch.unpriced.append(row["model"])
        return {name: made[name] for name in (*_FROM_PRICES, "usage_estimated")}

    def _note_unpriced(self) -> None:
        self._is_unpriced = True

    def _payloads(self, cursor: Cursor, wanted: Sequence[_Stored]) -> Iterator[tuple[str, Row]]:
        """By id; only a part of them is in memory at a time."""
        by_file: dict[int, list[_Stored]] = {}
        for stored in wanted:
            by_file.setdefault(stored.file.id, []).append(stored)
        for group in by_file.values():
            for part in _by_size(group, lambda stored: stored.row["payload_bytes"]):
                ids = [stored.row["id"] for stored in part]
                yield from self._payloads_of(cursor, part[0].file, ids)

    def _payloads_of(
        self, cursor: Cursor, file: StoreFile, ids: Sequence[str]
    ) -> Iterator[tuple[str, Row]]:
        project_id, table = self._range.project_id, "observation_payloads"
        stillness = self._catalog.engine.stillness
        with self._catalog.attached(file, payloads=True):
            found = parts.join(folding.payloads(cursor, stillness, file, table, project_id, ids))
        for key in ids:
            yield key, found.get(key, {})

    def _pieces(
        self,
        cursor: Cursor,
        found: Mapping[str, _Stored],
        changed: Mapping[str, Changed],
        brought_bytes_max: int,
    ) -> Iterator[dict[str, Changed]]:
        """Parts for one transaction each: those of a trace together, as it comes back whole."""
        sizes: dict[str, int] = {}
        by_trace: dict[str, dict[str, Changed]] = {}
        sealed: dict[int, tuple[StoreFile, set[str]]] = {}
        for key, change in changed.items():
            by_trace.setdefault(change.trace_id, {})[key] = change
            file = found[key].file
            if file.role != "active":
                sealed.setdefault(file.id, (file, set()))[1].add(change.trace_id)
        for file, traces in sealed.values():
            with self._catalog.attached(file):
                query = statement("reprice/trace_sizes", at=file.at)
                ids = folding.ids_text(sorted(traces))
                bound = {"project_id": self._range.project_id, "ids": ids}
                sizes.update(cursor.execute(query, bound).fetchall())
        size_of = partial(_size_of, sizes)
        for part in _by_size(list(by_trace), size_of, brought_bytes_max):
            yield {key: change for trace in part for key, change in by_trace[trace].items()}


def _differs(row: Row, new: Row) -> bool:
    if bool(row["usage_estimated"]) != new["usage_estimated"]:
        return True
    return any(row[name] != new[name] for name in _FROM_PRICES)


def _by_size(
    items: Sequence[T], size_of: Callable[[T], int], limit: int = _HELD_BYTES_MAX
) -> Iterator[list[T]]:
    part: list[T] = []
    size = 0
    for item in items:
        if part and size + size_of(item) > limit:
            yield part
            part, size = [], 0
        part.append(item)
        size += size_of(item)
    if part:
        yield part


def _size_of(sizes: Mapping[str, int], trace_id: str) -> int:
    return sizes.get(trace_id, _ROW_BYTES)
