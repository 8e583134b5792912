"""Builds whole rows for known keys: narrow columns, payloads, rollups, ids of children."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from collector.telemetry import folding, parts
from collector.telemetry.catalog import Catalog, Snapshot
from collector.telemetry.conditions import TRACE_COLUMNS, Condition, Where, where
from collector.telemetry.engine import rows
from collector.telemetry.folding import Row
from collector.telemetry.manifest import StoreFile
from collector.telemetry.querying import Cursor
from collector.telemetry.rows import PAYLOAD_OF
from collector.telemetry.sql import statement
from collector.telemetry.stillness import Stillness

if TYPE_CHECKING:
    from collector.telemetry.reads import ChildScope

_LISTED_SCORES = ("NUMERIC", "BOOLEAN", "CATEGORICAL", "TEXT")
_LOOK_BACK_MS = 3_600_000
_JSON_COLUMNS = (
    *("metadata", "trace_metadata", "model_parameters", "usage_details", "cost_details"),
    *("provided_usage", "provided_cost", "experiment", "span_events"),
)
_INNER_COLUMNS = (
    *("first_ms", "first_rank", "base_ms", "base_rank", "clocks", "raw_end_ms", "row_numbers"),
    "usage_attributes",
)
_NO_ROLLUP: Row = {
    "observation_count": 0,
    "min_start_ms": None,
    "max_start_ms": None,
    "max_end_ms": None,
    **dict.fromkeys(("total_cost", "input_cost", "output_cost"), 0.0),
    **dict.fromkeys(("input_tokens", "output_tokens", "total_tokens", "usage_count"), 0),
    **dict.fromkeys(("error_count", "warning_count", "default_count", "debug_count"), 0),
    "guard_count": 0,
    "estimated_count": 0,
}


@dataclass(slots=True)
class Assembler:
    """Rows of one project within one snapshot."""

    cursor: Cursor
    catalog: Catalog
    snapshot: Snapshot
    project_id: str

    @property
    def _stillness(self) -> Stillness:
        return self.catalog.engine.stillness

    def find_home(self, table: str, column: str, ids: Sequence[str]) -> dict[str, StoreFile]:
        """In which file each id lies and counts; ids that are nowhere are absent."""
        home: dict[str, StoreFile] = {}
        for file in self.snapshot.files:
            with self.catalog.attached(file):
                for row in self._rows(file, table, ids, column):
                    home.setdefault(row[column], file)
        return home

    def records(
        self, table: str, home: Mapping[str, StoreFile], *, with_io: bool
    ) -> dict[str, Row]:
        """Rows by id; with their payloads if asked."""
        found: dict[str, Row] = {}
        for file, ids in _by_file(home):
            with self.catalog.attached(file, payloads=with_io):
                for row in self._rows(file, table, ids, "id"):
                    found[row["id"]] = row
                if with_io:
                    self._add_payloads(file, table, ids, found)
        for row in found.values():
            _decode(row)
        return found

    def of_trace(
        self, table: str, trace_id: str, order: str, limit: int, *, with_io: bool
    ) -> list[Row]:
        """The rows of one trace, by an ascending time; of two with the same id the hot one."""
        found: dict[str, Row] = {}
        for file in self.snapshot.files:
            with self.catalog.attached(file, payloads=with_io):
                fresh = {
                    row["id"]: row
                    for row in self._rows(file, table, [trace_id], "trace_id")
                    if row["id"] not in found
                }
                if with_io and fresh:
                    self._add_payloads(file, table, list(fresh), fresh)
                found |= fresh
        ordered = sorted(found.values(), key=lambda row: (row[order], row["id"]))[:limit]
        for row in ordered:
            _decode(row)
        return ordered

    def traces(
        self, home: Mapping[str, StoreFile], parts: frozenset[str], scope: "ChildScope"
    ) -> dict[str, Row]:
        """Trace rows by id with the derived parts that were asked for."""
        found = self.records("traces", home, with_io="io" in parts)
        if "metrics" in parts:
            self._add_rollups(home, found, scope)
        if "observations" in parts:
            self._add_children(home, found, "observations", "observation_ids", scope)
        if "scores" in parts:
            everywhere = dict.fromkeys(home)
            self._add_children(everywhere, found, "scores", "score_ids", scope)
        return found

    # -- parts of rows -----------------------------------------------------------------------

    def _rows(self, file: StoreFile, table: str, ids: Sequence[str], column: str) -> list[Row]:
        condition, params = self._unburied(file, table)
        bound = {"project_id": self.project_id, "ids": folding.ids_text(ids)}
        where_ = Where([condition], params)
        return folding.rows_of(
            self.cursor, self._stillness, f"{file.at}.{table}", column, bound, where_
        )

    def _unburied(self, file: StoreFile, table: str) -> tuple[str, Row]:
        if not folding.is_buried(file, self.snapshot):
            return "true", {}
        return folding.unburied(table), folding.buried_params(file, self.snapshot, table)

    def _add_payloads(
        self, file: StoreFile, table: str, ids: Sequence[str], found: Mapping[str, Row]
    ) -> None:
        if table not in PAYLOAD_OF:
            return
        rows_of_parts = folding.payloads(
            self.cursor, self._stillness, file, PAYLOAD_OF[table], self.project_id, ids
        )
        for key, payload in parts.join(rows_of_parts).items():
            row = found.get(key)
            if row is not None:
                row.update((n, v) for n, v in payload.items() if n not in row or v is not None)
        for key in ids:
            if key in found:
                for name in ("input", "output", "metadata"):
                    found[key].setdefault(name, None)

    def _add_rollups(
        self, home: Mapping[str, StoreFile], found: Mapping[str, Row], scope: "ChildScope"
    ) -> None:
        for row in found.values():
            row.update(_NO_ROLLUP)
        for file, ids in _by_file(home):
            with self.catalog.attached(file):
                for rollup in self._rollups(file, ids, scope):
                    found[rollup.pop("trace_id")].update(rollup)
        for row in found.values():
            _finish_rollup(row)

    def _rollups(self, file: StoreFile, ids: Sequence[str], scope: "ChildScope") -> list[Row]:
        bound = {"project_id": self.project_id, "ids": folding.ids_text(ids)}
        if not file.is_hot and not scope.environments and scope.from_ms is None:
            return rows(self.cursor, statement("reads/sealed_rollups", at=file.at), bound)
        condition = Where(params=bound)
        condition.parts.append("project_id = $project_id")
        condition.parts.append("trace_id in (select unnest(from_json($ids, '[\"VARCHAR\"]')))")
        _add_scope(condition, scope, "start_ms", _LOOK_BACK_MS)
        query = statement("reads/rollups", at=file.at, where=condition.sql)
        return rows(self.cursor, query, condition.params)

    def _add_children(
        self,
        home: Mapping[str, StoreFile | None],
        found: Mapping[str, Row],
        table: str,
        name: str,
        scope: "ChildScope",
    ) -> None:
        for row in found.values():
            row[name] = []
        if not found:
            return
        homes = {file.id for file in home.values() if file is not None}
        for file in self.snapshot.files:
            if homes and file.id not in homes:
                continue
            with self.catalog.attached(file):
                for trace_id, ids in self._child_ids(file, table, list(found), scope):
                    found[trace_id][name] = sorted({*found[trace_id][name], *ids})

    def _child_ids(
        self, file: StoreFile, table: str, ids: Sequence[str], scope: "ChildScope"
    ) -> list[tuple[str, list[str]]]:
        text, params = self._unburied(file, table)
        condition = Where(
            [text], {"project_id": self.project_id, "ids": folding.ids_text(ids), **params}
        )
        if table == "scores":
            condition.add("list_contains({v}, t.data_type)", list(_LISTED_SCORES))
            _add_scope(condition, scope, "timestamp_ms", 0)
        else:
            _add_scope(condition, scope, "start_ms", _LOOK_BACK_MS)
        query = statement("reads/child_ids", at=file.at, table=table, where=condition.sql)
        return [(row[0], row[1]) for row in self.cursor.execute(query, condition.params).fetchall()]

    # -- scores and their traces -------------------------------------------------------------

    def limit_to_known_traces(self, target: Where, of_trace: Sequence[Condition]) -> None:
        """Keep scores of sessions, runs and recorded traces; of traces only those that fit."""
        columns = {f"trace_{name}": text for name, text in TRACE_COLUMNS.items()}
        fitting = where([Condition("trace_has_record", "=", True), *of_trace], columns)
        ids = self._trace_ids(fitting)
        kept = "t.trace_id in (select unnest(from_json({v}, '[\"VARCHAR\"]')))"
        target.add(kept if of_trace else f"(t.trace_id is null or {kept})", folding.ids_text(ids))

    def _trace_ids(self, fitting: Where) -> list[str]:
        scored = self._scored_traces()
        found: list[str] = []
        for file in self.snapshot.files:
            with self.catalog.attached(file):
                condition, params = self._unburied(file, "traces")
                both = Where([fitting.sql, condition], fitting.params | params)
                bound = {"project_id": self.project_id, "ids": folding.ids_text(scored)}
                name = f"{file.at}.traces"
                found += [
                    row["id"]
                    for row in folding.rows_of(
                        self.cursor, self._stillness, name, "id", bound, both
                    )
                ]
        return found

    def _scored_traces(self) -> list[str]:
        found: set[str] = set()
        for file in self.snapshot.files:
            with self.catalog.attached(file):
                query = statement("reads/scored_traces", at=file.at)
                listed = self.cursor.execute(query, {"project_id": self.project_id}).fetchall()
                found.update(row[0] for row in listed)
        return sorted(found)

    def add_trace_columns(self, scores: Iterable[Row]) -> None:
        """Give each score row its trace's user, session, tags and environment, else None."""
        listed = list(scores)
        ids = sorted({row["trace_id"] for row in listed if row["trace_id"]})
        home = self.find_home("traces", "id", ids)
        known = self.records("traces", home, with_io=False)
        for row in listed:
            trace = known.get(row["trace_id"] or "", {})
            for name in ("user_id", "session_id", "tags", "environment"):
                row[f"trace_{name}"] = trace.get(name)


def _by_file(home: Mapping[str, StoreFile]) -> list[tuple[StoreFile, list[str]]]:
    groups: dict[int, tuple[StoreFile, list[str]]] = {}
    for key, file in home.items():
        groups.setdefault(file.id, (file, []))[1].append(key)
    return list(groups.values())


def _add_scope(condition: Where, scope: "ChildScope", column: str, look_back_ms: int) -> None:
    if scope.environments:
        condition.add("list_contains({v}, environment)", list(scope.environments))
    if scope.from_ms is not None:
        condition.add(f"{column} >= {{v}}", scope.from_ms - look_back_ms)


def _finish_rollup(row: Row) -> None:
    start, last_start, end = row["min_start_ms"], row["max_start_ms"], row["max_end_ms"]
    row["total_cost"] = row["total_cost"] or 0.0
    if start is None:
        row["latency_list_ms"] = row["latency_detail_ms"] = 0
    else:
        row["latency_list_ms"] = max(last_start, end or last_start) - start
        row["latency_detail_ms"] = (last_start if end is None else end) - start
    levels = ("error", "warning", "default", "debug")
    row["level"] = next((name.upper() for name in levels if row[f"{name}_count"]), None)


def _decode(row: Row) -> None:
    for name in _INNER_COLUMNS:
        row.pop(name, None)
    for name in _JSON_COLUMNS:
        value = row.get(name)
        if isinstance(value, str):
            row[name] = orjson.loads(value)
    if "metadata" in row:
        row["metadata"] = row["metadata"] or {}
    if "score_source" in row:
        row["source"] = row.pop("score_source")


def sum_rows(found: Iterable[Row], by: Sequence[str]) -> list[Row]:
    """Rows with equal keys added up, column by column; null counts as nothing."""
    summed: dict[tuple[Any, ...], Row] = {}
    for row in found:
        key = tuple(row[name] for name in by)
        known = summed.setdefault(key, dict.fromkeys(row) | dict(zip(by, key, strict=True)))
        for name, value in row.items():
            if name not in by and value is not None:
                known[name] = (known[name] or 0) + value
    return list(summed.values())
