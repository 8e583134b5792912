"""One flush: changes from the journal become merged rows of the hot file, in one transaction.

Rows of a touched trace that lie in an older file are copied into the hot file first and buried
there, so that all narrow rows of a trace live in one place.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import duckdb

from collector.records.change import Change, Kind, Origin
from collector.records.merge import Merged, merge
from collector.records.rejection import Rejection
from collector.telemetry import parts, sessions
from collector.telemetry import rows as shapes
from collector.telemetry.catalog import Catalog
from collector.telemetry.journal import Position
from collector.telemetry.keyindex import KeyIndex, key_hash
from collector.telemetry.manifest import StoreFile, Tombstone
from collector.telemetry.settling import settled
from collector.telemetry.sql import statement
from collector.telemetry.tables import PAYLOAD_TABLES, Key, Row, Tables, keys_text
from collector.telemetry.touched import Touched, is_lone_verdict, without_synthetic

# Stored payloads that are taken into memory at once to be merged with.
_MERGED_BYTES_MAX = 2 << 20


@dataclass(slots=True)
class Arrived:
    """The changes of one entity since the last flush, in order of arrival."""

    changes: list[Change]
    origin: Origin
    received_ms: int


Groups = dict[tuple[Kind, str, str], Arrived]  # kind, project id, id


@dataclass
class Applier:
    """Applies groups of changes to the active hot file; used by the writer's thread only."""

    cursor: duckdb.DuckDBPyConnection
    catalog: Catalog
    keys: KeyIndex
    knowledge: shapes.Knowledge
    note_dropped: Callable[[list[Rejection]], None]
    tables: Tables = field(init=False)
    hot: StoreFile = field(init=False)
    dropped: list[Rejection] = field(default_factory=list)
    # About what the hot file holds in memory since its last checkpoint.
    unwritten_bytes: int = field(init=False, default=0)
    named: sessions.KnownSessions = field(init=False)

    def use(self, hot: StoreFile) -> None:
        """Write into this file from now on."""
        self.hot = hot
        self.unwritten_bytes = 0
        self.named = sessions.KnownSessions()
        self.tables = Tables.with_filter(self.cursor, hot.at)

    def renew(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Go on with a cursor of an instance that was opened anew."""
        self.cursor = cursor
        self.use(self.hot)

    def apply(self, groups: Groups, position: Position | None) -> None:
        """Merge and store the groups; the same commit notes how far the journal is, if given."""
        self.dropped.clear()  # a flush that failed drops the same again
        self.cursor.execute("begin")
        try:
            tombstones = self.bring_back(groups)
            self._store(groups)
            if position is not None:
                self._set_progress(position)
            if tombstones:
                self.catalog.announce()
            self.cursor.execute("commit")
        except BaseException:
            _roll_back(self.cursor)
            self.named = sessions.KnownSessions()
            raise
        self.catalog.publish(bury=tombstones)
        self.note_dropped(list(self.dropped))

    def _set_progress(self, position: Position) -> None:
        query = statement("flush/set_progress", at=self.hot.at)
        values = {"generation": position.generation, "journal_offset": position.offset}
        self.cursor.execute(query, values)

    # -- storing -----------------------------------------------------------------------------

    def _store(self, groups: Groups) -> None:
        now_ms = int(time.time() * 1000)
        arrived = _by_kind(groups)
        touched = self._store_observations(arrived["observation"], now_ms)
        self._store_traces(arrived["trace"], touched, now_ms)
        self._store_sessions(arrived["trace"])
        self._store_scores(arrived["score"], now_ms)

    def _store_observations(
        self, arrived: Mapping[Key, Arrived], now_ms: int
    ) -> dict[Key, Touched]:
        """What was stored, by the traces it is of."""
        old = self.tables.find("observations", arrived)
        touched: dict[Key, Touched] = {}
        for keys in _by_payload_size(arrived, old):
            stored = self._with_payloads("observation_payloads", keys, old)
            made = _Made()
            for key in keys:
                merged, stamp = _merged("observation", arrived[key], stored.get(key), now_ms)
                made.add(key, *shapes.observation_rows(merged, stamp, key[0], self.knowledge))
            self._replace("observations", stored, made)
            for row in made.narrow:
                trace = touched.setdefault((row["project_id"], row["trace_id"]), Touched(row))
                trace.add(row, is_fresh=(row["project_id"], row["id"]) not in stored)
        return touched

    def _store_traces(
        self, arrived: Mapping[Key, Arrived], touched: Mapping[Key, Touched], now_ms: int
    ) -> None:
        old = self.tables.find("traces", {*arrived, *touched})
        for keys in _by_payload_size(arrived, old):
            stored = self._with_payloads("trace_payloads", keys, old)
            made = _Made()
            for key in keys:
                merged, stamp = _merged("trace", arrived[key], stored.get(key), now_ms)
                narrow, payload = shapes.trace_rows(merged, stamp)
                narrow["synthetic"] = is_lone_verdict(narrow, old.get(key), touched.get(key))
                made.add(key, narrow, payload)
            self._replace("traces", stored, made)
        self._store_others({key: each for key, each in touched.items() if key not in arrived}, old)

    def _store_sessions(self, arrived: Mapping[Key, Arrived]) -> None:
        named = sessions.named_by(
            (project_id, group.changes, group.received_ms)
            for (project_id, _), group in arrived.items()
        )
        asked = self.named.unknown(named)
        known = self.tables.find("sessions", asked)
        self.tables.insert("sessions", (named[key] for key in asked if key not in known))
        self.named.add(asked)

    def keep_sessions(self, old: StoreFile, made: Iterable[Key]) -> None:
        """Take what no segment (project, month) took along from an older file into the hot one."""
        query = statement("seal/keep_sessions", at=self.hot.at, old=old.at)
        kept = self.cursor.execute(query, {"made": keys_text(made)}).fetchall()
        if self.tables.known is not None:
            self.tables.known.add("sessions", kept)

    def _store_others(self, touched: Mapping[Key, Touched], old: Mapping[Key, Row]) -> None:
        """Traces of which only observations came: they keep a place, or are no longer alone."""
        needed = {k: each for k, each in touched.items() if each.needs_placeholder(old.get(k))}
        made = _Made()
        for key, each in needed.items():
            made.add(key, each.placeholder(key[1], old.get(key)))
        changed = without_synthetic(touched, old)
        made.narrow += changed.values()
        replaced = {key: old[key] for key in (*needed, *changed) if key in old}
        self._replace("traces", replaced, made)

    def _store_scores(self, arrived: Mapping[Key, Arrived], now_ms: int) -> None:
        settled = {key: self._settled(key[0], group) for key, group in arrived.items()}
        kept = {key: group for key, group in settled.items() if group.changes}
        old = self.tables.find("scores", kept)
        made = _Made()
        for key, group in kept.items():
            merged, stamp = _merged("score", group, old.get(key), now_ms)
            made.add(key, shapes.score_row(merged, stamp))
        self._replace("scores", old, made)

    def _settled(self, project_id: str, group: Arrived) -> Arrived:
        known = (group.changes, group.received_ms, self.knowledge, self.dropped)
        return replace(group, changes=list(settled(project_id, *known)))

    # -- rows in and out ---------------------------------------------------------------------

    def _with_payloads(
        self, table: str, keys: Iterable[Key], old: Mapping[Key, Row]
    ) -> dict[Key, Row]:
        """The stored rows of these keys, with payloads; `payload_numbers` tells where they lie."""
        found = {key: dict(old[key]) for key in keys if key in old}
        for project_id in {key[0] for key in found}:
            mine = [key for key in found if key[0] == project_id]
            for payload_id, payload in parts.join(self.tables.find_all(table, mine)).items():
                row = found[(project_id, payload_id)]
                row["payload_numbers"] = payload.pop("row_numbers")
                row.update((n, v) for n, v in payload.items() if n not in row or v is not None)
        return found

    def _replace(self, table: str, old: Mapping[Key, Row], made: "_Made") -> None:
        self.tables.delete(table, (row["row_number"] for row in old.values()))
        self.tables.insert(table, made.narrow)
        if made.payload or any("payload_numbers" in row for row in old.values()):
            payload_table = shapes.PAYLOAD_OF[table]
            numbers = (n for row in old.values() for n in row.get("payload_numbers", ()))
            self.tables.delete(payload_table, numbers)
            self.tables.insert(
                payload_table, (part for row in made.payload for part in parts.split(row))
            )

    # -- bringing back -----------------------------------------------------------------------

    def bring_back(self, groups: Groups) -> list[Tombstone]:
        """Copy the traces that the groups touch out of older files, in a transaction under way."""
        older = [file for file in self.catalog.files() if file.id != self.hot.id]
        older = [file for file in older if file.role in ("sealing", "segment")]
        if not older or not groups:
            return []
        return _Retrieval(self, groups).run(older)

    def move_traces(self, old: StoreFile, traces: list[Key]) -> None:
        """Copy whole traces from an older file into the hot file and bury them there."""
        self.move(lambda: self.copy_traces(old, traces))

    def move_scores(self, old: StoreFile, scores: list[Key]) -> None:
        """As `move_traces`, for single scores."""
        self.move(lambda: self.copy_scores(old, scores))

    def move(self, copy: Callable[[], list[Tombstone]]) -> None:
        """Run what copies rows into the hot file as one transaction, and bury what it names."""
        self.cursor.execute("begin")
        try:
            tombstones = copy()
            if tombstones:
                self.catalog.announce()
            self.cursor.execute("commit")
        except BaseException:
            _roll_back(self.cursor)
            raise
        self.catalog.publish(bury=tombstones)

    def copy_traces(self, old: StoreFile, traces: list[Key]) -> list[Tombstone]:
        """The tombstones of what was copied, already noted in the hot file."""
        for table, column in (("traces", "id"), ("observations", "trace_id")):
            self.unwritten_bytes += self.tables.bring_back(table, old.at, column, traces)
        for table, column in zip(PAYLOAD_TABLES, ("id", "trace_id"), strict=True):
            self.tables.bring_back(table, old.payload_at, column, traces)
        projects = {key[0] for key in traces}
        gone = [key for key in self.catalog.buried_in(old.id).scores if key[0] in projects]
        self.unwritten_bytes += self.tables.bring_back("scores", old.at, "trace_id", traces, gone)
        return self.note_buried([Tombstone(old.id, "trace", *key) for key in traces])

    def copy_scores(self, old: StoreFile, scores: list[Key]) -> list[Tombstone]:
        """As `copy_traces`, for single scores."""
        self.unwritten_bytes += self.tables.bring_back("scores", old.at, "id", scores)
        return self.note_buried([Tombstone(old.id, "score", *key) for key in scores])

    def note_buried(self, tombstones: list[Tombstone]) -> list[Tombstone]:
        """Write tombstones into the hot file, in the transaction that copied the rows."""
        self.tables.insert(
            "tombstones",
            [
                {"source_id": t.source_id, "kind": t.kind, "project_id": t.project_id, "id": t.id}
                for t in tombstones
            ],
        )
        return tombstones


class _Retrieval:
    """Finds what the groups touch in older files, and copies it."""

    def __init__(self, applier: Applier, groups: Groups) -> None:
        self._applier = applier
        self.traces: set[Key] = set()
        self.observations: set[Key] = set()
        self.scores: set[Key] = set()
        for (kind, project_id, key), group in groups.items():
            if kind == "trace":
                self.traces.add((project_id, key))
            elif kind == "score":
                self.scores.add((project_id, key))
            else:
                self.observations.add((project_id, key))
                self.traces.update(
                    (project_id, change.fields["trace_id"])
                    for change in group.changes
                    if change.fields.get("trace_id")
                )

    def run(self, older: list[StoreFile]) -> list[Tombstone]:
        tombstones: list[Tombstone] = []
        candidates = self._candidates([file for file in older if file.role == "segment"])
        for file in older:
            if file.role == "sealing" or file.id in candidates:
                with self._applier.catalog.attached(file, payloads=True):
                    tombstones += self._retrieve(file)
        return tombstones

    def _candidates(self, segments: list[StoreFile]) -> set[int]:
        if not segments:
            return set()
        hashes = {
            key_hash(kind, *key)
            for kind, keys in (
                ("trace", self.traces),
                ("observation", self.observations),
                ("score", self.scores),
            )
            for key in keys
        }
        return set(self._applier.keys.find(self._applier.cursor, hashes))

    def _retrieve(self, file: StoreFile) -> list[Tombstone]:
        applier, buried = self._applier, self._applier.catalog.buried_in(file.id)
        wanted = {
            "traces": keys_text(self.traces),
            "observations": keys_text(self.observations),
        }
        query = statement("flush/find_traces_of", at=file.at)
        traces = set(applier.cursor.execute(query, wanted).fetchall()) - buried.traces
        tombstones = applier.copy_traces(file, sorted(traces)) if traces else []
        found = Tables(applier.cursor, file.at).find("scores", self.scores)
        gone_with_trace = {
            key for key, row in found.items() if (key[0], row["trace_id"]) in buried.traces
        }
        scores = set(found) - buried.scores - gone_with_trace
        fresh = sorted(scores - set(applier.tables.find("scores", scores)))
        return tombstones + (applier.copy_scores(file, fresh) if fresh else [])


@dataclass(slots=True)
class _Made:
    """New rows of one table and of its payload table."""

    narrow: list[Row] = field(default_factory=list)
    payload: list[Row] = field(default_factory=list)

    def add(self, key: Key, narrow: Row, payload: Row | None = None) -> None:
        narrow["project_id"] = key[0]
        self.narrow.append(narrow)
        if payload is not None:
            payload["project_id"] = key[0]
            self.payload.append(payload)


def _by_payload_size(keys: Iterable[Key], old: Mapping[Key, Row]) -> Iterator[list[Key]]:
    """Keys in parts whose stored payloads fit into memory together."""
    part: list[Key] = []
    size = 0
    for key in keys:
        stored_bytes = old[key]["payload_bytes"] if key in old else 0
        if part and size + stored_bytes > _MERGED_BYTES_MAX:
            yield part
            part, size = [], 0
        part.append(key)
        size += stored_bytes
    if part:
        yield part


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.rollback()
    except duckdb.Error:
        return  # the instance is void and the first error is the one to tell


def _by_kind(groups: Groups) -> dict[Kind, dict[Key, Arrived]]:
    sorted_out: dict[Kind, dict[Key, Arrived]] = {"trace": {}, "observation": {}, "score": {}}
    for (kind, project_id, key), group in groups.items():
        sorted_out[kind][(project_id, key)] = group
    return sorted_out


def _merged(kind: Kind, group: Arrived, stored: Row | None, now_ms: int) -> tuple[Merged, Row]:
    has_record = stored is not None and stored.get("has_record", True)
    old = shapes.merged_of(kind, stored) if stored is not None and has_record else None
    merged = merge(old, group.changes)
    created_ms, origin = group.received_ms, group.origin
    if stored is not None and old is not None:
        created_ms = stored["created_ms"]
        origin = Origin(
            stored["ingestion_key"], stored["sdk_name"], stored["sdk_version"], stored["source"]
        )
    return merged, shapes.stamp_of(merged, origin, created_ms, now_ms)
