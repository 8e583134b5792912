"""What can be asked of the trace store. Rows are dicts by column name, times Unix milliseconds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from collector.telemetry import assembling, experiments, folding, sessions
from collector.telemetry.catalog import Catalog, Snapshot
from collector.telemetry.conditions import (
    OBSERVATION_COLUMNS,
    SCORE_COLUMNS,
    TRACE_COLUMNS,
    Condition,
    where,
)
from collector.telemetry.engine import rows
from collector.telemetry.folding import Listing, Row
from collector.telemetry.keyindex import KeyIndex, key_hash
from collector.telemetry.querying import Cursor, QueryRunner
from collector.telemetry.sessions import SessionFilter
from collector.telemetry.sql import statement

T = TypeVar("T")

_STEADY_TRIES = 5

_TRACE_JOIN = (
    "inner join {at}.traces as tr"
    " on tr.project_id = t.project_id and tr.id = t.trace_id and tr.has_record"
)
ALL_PARTS = frozenset({"io", "metrics", "observations", "scores"})


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list and how many rows the whole list has; `missing` names unreadable files."""

    rows: list[Row]
    total: int
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChildScope:
    """Which observations and scores count for the derived values of traces; empty means all."""

    environments: tuple[str, ...] = ()
    from_ms: int | None = None


class Reads:
    """Queries over the hot file and all segments, folded."""

    def __init__(self, catalog: Catalog, keys: KeyIndex, runner: QueryRunner) -> None:
        self._catalog = catalog
        self._keys = keys
        self._runner = runner

    @property
    def missing(self) -> tuple[str, ...]:
        """Files that cannot be read now: what lies in them is absent from every answer."""
        return tuple(file.narrow_path for file in self._catalog.files() if file.role == "damaged")

    def _steady(self, query: Callable[[Cursor], T]) -> Callable[[Cursor], T]:
        """The query, asked again when rows moved between files meanwhile and could count twice."""

        def steady(cursor: Cursor) -> T:
            for _ in range(_STEADY_TRIES):
                version = self._catalog.version
                answer = query(cursor)
                if version == self._catalog.version:
                    break
            return answer

        return steady

    # -- lists -------------------------------------------------------------------------------

    async def traces(  # noqa: PLR0913 - the options of one list, all by name
        self,
        project_id: str,
        conditions: Iterable[Condition],
        *,
        order: tuple[str, bool] = ("timestamp_ms", True),
        page: int = 1,
        limit: int = 50,
        parts: frozenset[str] = ALL_PARTS,
        scope: ChildScope | None = None,
    ) -> Page:
        """Traces that have a record, in the order given as (column, descending)."""
        column, descending = order
        listing = Listing(
            "traces",
            project_id,
            where([Condition("has_record", "=", True), *conditions], TRACE_COLUMNS),
            TRACE_COLUMNS[column],
            descending,
            is_by_time=column == "timestamp_ms",
        )

        def query(cursor: Cursor) -> Page:
            with self._catalog.reading(project_id) as snapshot:
                keys = folding.page_keys(cursor, self._catalog, snapshot, listing, page, limit)
                builder = assembling.Assembler(cursor, self._catalog, snapshot, project_id)
                found = builder.traces(keys.home, parts, scope or ChildScope())
                return Page([found[key] for key in keys.ids], keys.total, snapshot.missing)

        return await self._runner.run("traces", self._steady(query))

    async def observations(
        self,
        project_id: str,
        conditions: Sequence[Condition],
        *,
        page: int = 1,
        limit: int = 50,
        with_io: bool = True,
    ) -> Page:
        """Observations, newest start first; a condition on a trace column needs its record."""
        return await self._list_observations(project_id, conditions, page, limit, with_io)

    async def guardrail_events(
        self, project_id: str, conditions: Sequence[Condition], *, page: int = 1, limit: int = 50
    ) -> Page:
        """Observations that carry a guardrail verdict, newest first."""
        verdicts = [Condition("guard_action", "is not null"), *conditions]
        return await self._list_observations(project_id, verdicts, page, limit, False)

    async def _list_observations(
        self, project_id: str, conditions: Sequence[Condition], page: int, limit: int, with_io: bool
    ) -> Page:
        joins = any(OBSERVATION_COLUMNS.get(c.column, "").startswith("tr.") for c in conditions)
        listing = Listing(
            "observations",
            project_id,
            where(conditions, OBSERVATION_COLUMNS),
            OBSERVATION_COLUMNS["start_ms"],
            join=_TRACE_JOIN if joins else "",
            is_by_time=True,
        )

        def query(cursor: Cursor) -> Page:
            with self._catalog.reading(project_id) as snapshot:
                keys = folding.page_keys(cursor, self._catalog, snapshot, listing, page, limit)
                builder = assembling.Assembler(cursor, self._catalog, snapshot, project_id)
                found = builder.records("observations", keys.home, with_io=with_io)
                return Page([found[key] for key in keys.ids], keys.total, snapshot.missing)

        return await self._runner.run("observations", self._steady(query))

    async def scores(
        self,
        project_id: str,
        conditions: Sequence[Condition],
        *,
        page: int = 1,
        limit: int = 50,
        known_traces_only: bool = False,
    ) -> Page:
        """Scores, newest first.

        `known_traces_only` drops scores of traces without a record and adds the trace's user,
        session, tags and environment to each row; these may then be conditions, too.
        """
        own = [c for c in conditions if not c.column.startswith("trace_") or c.column == "trace_id"]
        of_trace = [c for c in conditions if c not in own]
        listing = Listing(
            "scores",
            project_id,
            where(own, SCORE_COLUMNS),
            SCORE_COLUMNS["timestamp_ms"],
            is_by_time=True,
        )

        def query(cursor: Cursor) -> Page:
            with self._catalog.reading(project_id) as snapshot:
                builder = assembling.Assembler(cursor, self._catalog, snapshot, project_id)
                if known_traces_only:
                    builder.limit_to_known_traces(listing.where, of_trace)
                keys = folding.page_keys(cursor, self._catalog, snapshot, listing, page, limit)
                found = builder.records("scores", keys.home, with_io=False)
                ordered = [found[key] for key in keys.ids]
                if known_traces_only:
                    builder.add_trace_columns(ordered)
                return Page(ordered, keys.total, snapshot.missing)

        return await self._runner.run("scores", self._steady(query))

    async def sessions(
        self,
        project_id: str,
        wanted: SessionFilter | None = None,
        *,
        page: int = 1,
        limit: int = 50,
    ) -> Page:
        """Sessions that trace events named, the last one created first; see `sessions_named`."""
        folding.check_offset(page, limit)
        places = range((page - 1) * limit, page * limit)

        def query(cursor: Cursor) -> Page:
            with self._catalog.reading(project_id) as snapshot:
                scope = wanted or SessionFilter()
                found = sessions.list_page(
                    cursor, self._catalog, snapshot, project_id, scope, places
                )
                return Page(*found, snapshot.missing)

        return await self._runner.run("sessions", self._steady(query), heavy=True)

    # -- single records ----------------------------------------------------------------------

    async def trace(self, project_id: str, trace_id: str, *, with_io: bool = True) -> Row | None:
        """One trace with its rollups; `has_record` is False if only observations are known."""
        parts = frozenset({"metrics", "io"}) if with_io else frozenset({"metrics"})

        def build(builder: assembling.Assembler) -> Row | None:
            home = builder.find_home("traces", "id", [trace_id])
            return builder.traces(home, parts, ChildScope()).get(trace_id)

        return await self._at_home("trace", project_id, [("trace", trace_id)], build)

    async def observation(
        self, project_id: str, observation_id: str, *, with_io: bool = True
    ) -> Row | None:
        """One observation."""

        def build(builder: assembling.Assembler) -> Row | None:
            home = builder.find_home("observations", "id", [observation_id])
            found = builder.records("observations", home, with_io=with_io)
            return found.get(observation_id)

        wanted = [("observation", observation_id)]
        return await self._at_home("observation", project_id, wanted, build)

    async def score(self, project_id: str, score_id: str) -> Row | None:
        """One score."""

        def build(builder: assembling.Assembler) -> Row | None:
            home = builder.find_home("scores", "id", [score_id])
            return builder.records("scores", home, with_io=False).get(score_id)

        return await self._at_home("score", project_id, [("score", score_id)], build)

    async def observations_of_trace(
        self, project_id: str, trace_id: str, *, with_io: bool = False, limit: int = 10_000
    ) -> list[Row]:
        """The observations of one trace, earliest first."""

        def build(builder: assembling.Assembler) -> list[Row]:
            return builder.of_trace("observations", trace_id, "start_ms", limit, with_io=with_io)

        return await self._at_home("trace_observations", project_id, [("trace", trace_id)], build)

    async def scores_of_trace(self, project_id: str, trace_id: str) -> list[Row]:
        """The scores of one trace and its observations, earliest first."""

        def build(builder: assembling.Assembler) -> list[Row]:
            return builder.of_trace("scores", trace_id, "timestamp_ms", 10_000, with_io=False)

        wanted = [("trace", trace_id), ("scored", trace_id)]
        return await self._at_home("trace_scores", project_id, wanted, build)

    async def sessions_named(self, project_id: str, ids: Sequence[str]) -> Mapping[str, Row]:
        """By session id: `created_ms`, and `environment` of the trace event that first named it."""

        def query(cursor: Cursor) -> Mapping[str, Row]:
            with self._catalog.reading(project_id) as snapshot:
                return sessions.find(cursor, self._catalog, snapshot, project_id, ids)

        return await self._runner.run("sessions_named", self._steady(query))

    async def _at_home(
        self,
        name: str,
        project_id: str,
        wanted: Sequence[tuple[str, str]],
        build: Callable[[assembling.Assembler], T],
    ) -> T:
        """Ask the hot file, and of the segments only those that may hold the ids."""

        def query(cursor: Cursor) -> T:
            hashes = [key_hash(kind, project_id, key) for kind, key in wanted]
            candidates = set(self._keys.find(cursor, hashes))
            with self._catalog.reading(project_id, only=candidates) as snapshot:
                return build(assembling.Assembler(cursor, self._catalog, snapshot, project_id))

        return await self._runner.run(name, self._steady(query))

    # -- sums --------------------------------------------------------------------------------

    async def costs_by_day(
        self, project_id: str, from_ms: int, to_ms: int, *, with_estimates: bool = True
    ) -> list[Row]:
        """Observations, tokens and cost (USD) per UTC day and model, newest day first.

        `estimated_count` of them have estimated tokens; they may be left out altogether.
        """
        estimates = "true" if with_estimates else "usage_estimated is not true"
        found = await self._observation_sums(
            "costs_by_day", project_id, (from_ms, to_ms), estimates=estimates
        )
        summed = assembling.sum_rows(found, ("day", "model"))
        return sorted(summed, key=lambda row: (row["day"], row["total_cost"] or 0), reverse=True)

    async def unpriced_models(self, project_id: str, from_ms: int, to_ms: int) -> list[Row]:
        """Models without a price: observations, tokens, first and last seen; the most used first.

        At most 1,000, as clients choose the names.
        """
        found = await self._observation_sums("unpriced_models", project_id, (from_ms, to_ms))
        models: dict[str, Row] = {}
        for row in found:
            known = models.setdefault(row["model"], row)
            if known is not row:
                known["observation_count"] += row["observation_count"]
                known["total_tokens"] += row["total_tokens"]
                known["first_ms"] = min(known["first_ms"], row["first_ms"])
                known["last_ms"] = max(known["last_ms"], row["last_ms"])
        ordered = sorted(models.values(), key=lambda row: (-row["observation_count"], row["model"]))
        return ordered[:_UNPRICED_MODELS_MAX]

    async def _observation_sums(
        self, name: str, project_id: str, times: tuple[int, int], **holes: str
    ) -> list[Row]:
        """What `reads/<name>` sums up in each file that may hold observations of these times."""
        from_ms, to_ms = times
        bound = {"project_id": project_id, "from_ms": from_ms, "to_ms": to_ms}

        def partial(cursor: Cursor, snapshot: Snapshot) -> list[Row]:
            found: list[Row] = []
            for file in snapshot.files:
                if not file.is_hot and not (file.min_ms < to_ms and file.max_ms >= from_ms):
                    continue
                with self._catalog.attached(file):
                    unburied = folding.unburied("observations")
                    text = unburied if folding.is_buried(file, snapshot) else "true"
                    query = statement(f"reads/{name}", at=file.at, where=text, **holes)
                    params = bound | folding.buried_params(file, snapshot, "observations")
                    found += rows(cursor, query, params)
            return found

        return await self._fold(name, project_id, partial)

    async def experiment_roots(
        self, project_id: str, after: experiments.Place, limit: int
    ) -> list[Row]:
        """The spans that stand for items of experiments on datasets; see `experiments.roots`."""
        found = await self._fold(
            "experiment_roots",
            project_id,
            partial(experiments.roots, self._catalog, project_id, after, limit),
        )
        return experiments.first(found, limit)

    async def counts(self, project_id: str) -> Row:
        """How many traces, observations and scores there are, and `newest_ms`, the last write."""

        def partial(cursor: Cursor, snapshot: Snapshot) -> list[Row]:
            found: list[Row] = []
            for file in snapshot.files:
                with self._catalog.attached(file):
                    buried = folding.is_buried(file, snapshot)
                    holes = {
                        hole: folding.unburied(table) if buried else "true"
                        for hole, table in _COUNT_HOLES.items()
                    }
                    holes["trace_where"] += " and t.has_record"
                    params = folding.buried_params(file, snapshot, "scores")
                    query = statement("reads/counts", at=file.at, **holes)
                    found += rows(cursor, query, {"project_id": project_id, **params})
            return found

        parts = await self._fold("counts", project_id, partial)
        summed = {
            name: sum(part[name] for part in parts) for name in ("traces", "observations", "scores")
        }
        return summed | {"newest_ms": max((part["newest_ms"] or 0 for part in parts), default=0)}

    async def _fold(
        self, name: str, project_id: str, partial: Callable[[Cursor, Snapshot], list[Row]]
    ) -> list[Row]:
        def query(cursor: Cursor) -> list[Row]:
            with self._catalog.reading(project_id) as snapshot:
                return partial(cursor, snapshot)

        return await self._runner.run(name, self._steady(query), heavy=True)


_UNPRICED_MODELS_MAX = 1_000
_COUNT_HOLES = {"trace_where": "traces", "child_where": "observations", "score_where": "scores"}
