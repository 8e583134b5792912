"""Runs over datasets and what each made of which item.

A run comes into being with its first item, sent as such or as the span of an experiment.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import InvalidRequest
from collector.registry import paging
from collector.registry.dataset_rules import (
    ExperimentRoot,
    Item,
    Run,
    RunItem,
    run_id_of,
    too_many,
    too_much,
)
from collector.registry.identifiers import now_ms
from collector.registry.schema import dataset_run_items, dataset_runs

_RUN_COLUMNS: Final = tuple(Run.__slots__)


async def link(
    connection: AsyncConnection, project_id: str, item: Item, said: Mapping[str, Any], runs_max: int
) -> RunItem:
    """A run item by its stored names; makes the run if need be. The caller took the turn."""
    moment_ms = now_ms()
    created_ms = said.get("created_ms") or moment_ms
    run_id = run_id_of(project_id, item.dataset_id, said["run_name"])
    made = RunItem(
        id=str(uuid.uuid4()),
        run_id=run_id,
        run_name=said["run_name"],
        item_id=item.id,
        trace_id=said["trace_id"],
        observation_id=said.get("observation_id"),
        created_ms=created_ms,
        updated_ms=created_ms,
        item_version_ms=item.valid_from_ms,
    )
    run = Run(
        id=run_id,
        dataset_id=item.dataset_id,
        name=said["run_name"],
        description=said.get("description"),
        metadata=said.get("metadata"),
        created_ms=created_ms,
        updated_ms=created_ms,
    )
    await _ensure(connection, project_id, run, runs_max)
    await _keep_newest(connection, project_id, made)
    return made


async def _ensure(connection: AsyncConnection, project_id: str, run: Run, runs_max: int) -> None:
    """What a run already says stays; one that was deleted begins anew."""
    there = and_(dataset_runs.c.project_id == project_id, dataset_runs.c.id == run.id)
    row = (await connection.execute(select(dataset_runs.c.deleted_ms).where(there))).first()
    if row is not None and row.deleted_ms is None:
        return
    if await paging.count(connection, _of(run.dataset_id)) >= runs_max:
        message = f"this dataset has {runs_max} runs, which is the most it may have"
        raise too_many("dataset_runs_max", message)
    values = {name: getattr(run, name) for name in _RUN_COLUMNS}
    if row is None:
        await connection.execute(insert(dataset_runs).values(project_id=project_id, **values))
    else:
        again = update(dataset_runs).where(there).values(deleted_ms=None, **values)
        await connection.execute(again)


async def _keep_newest(connection: AsyncConnection, project_id: str, made: RunItem) -> None:
    columns = dataset_run_items.c
    same = and_(
        columns.project_id == project_id,
        columns.run_id == made.run_id,
        columns.item_id == made.item_id,
    )
    known_ms = await connection.scalar(select(columns.created_ms).where(same))
    if known_ms is not None and known_ms > made.created_ms:
        return
    values = {name: getattr(made, name) for name in RunItem.__slots__ if name != "run_name"}
    if known_ms is None:
        await connection.execute(insert(dataset_run_items).values(project_id=project_id, **values))
    else:
        await connection.execute(update(dataset_run_items).where(same).values(values))


async def remove(connection: AsyncConnection, project_id: str, run: Run) -> None:
    """The run and its items; traces stay."""
    columns = dataset_run_items.c
    items = and_(columns.project_id == project_id, columns.run_id == run.id)
    await connection.execute(delete(dataset_run_items).where(items))
    there = and_(dataset_runs.c.project_id == project_id, dataset_runs.c.id == run.id)
    gone = {"deleted_ms": now_ms(), "description": None, "metadata": None}
    await connection.execute(update(dataset_runs).where(there).values(gone))


async def fold(
    connection: AsyncConnection,
    project_id: str,
    roots: Sequence[ExperimentRoot],
    said: Mapping[str, tuple[str | None, str | None]],
    runs_max: int,
) -> None:
    """Makes runs and run items of experiments' spans; `said`: description, metadata by run id.

    Spans from before a run's deletion stay away, and so do runs past the limit.
    """
    deleted = await _deletions(connection, project_id, roots)
    for root in roots:
        run_id = run_id_of(project_id, root.dataset_id, root.run_name)
        if root.written_ms <= deleted.get(run_id, -1):
            continue
        description, metadata = said.get(run_id, (None, None))
        moments = root.start_ms, root.start_ms
        run = Run(run_id, root.dataset_id, root.run_name, description, metadata, *moments)
        try:
            await _ensure(connection, project_id, run, runs_max)
        except InvalidRequest:
            continue
        made = RunItem(
            root.observation_id,
            run_id,
            root.run_name,
            root.item_id,
            root.trace_id,
            root.observation_id,
            *moments,
        )
        await _keep_newest(connection, project_id, made)


async def _deletions(
    connection: AsyncConnection, project_id: str, roots: Sequence[ExperimentRoot]
) -> dict[str, int]:
    ids = {run_id_of(project_id, root.dataset_id, root.run_name) for root in roots}
    columns = dataset_runs.c
    query = select(columns.id, columns.deleted_ms).where(
        columns.project_id == project_id, columns.id.in_(ids), columns.deleted_ms.is_not(None)
    )
    return {row.id: row.deleted_ms for row in await connection.execute(query)}


async def known_ids(connection: AsyncConnection, project_id: str, ids: set[str]) -> set[str]:
    """Those of the ids that are runs."""
    columns = dataset_runs.c
    query = select(columns.id).where(
        columns.project_id == project_id, columns.id.in_(ids), columns.deleted_ms.is_(None)
    )
    return set((await connection.scalars(query)).all())


# -- reads -------------------------------------------------------------------------------------


async def search(connection: AsyncConnection, dataset_id: str, run_name: str) -> Run | None:
    """The run of exactly this name."""
    row = (await connection.execute(_of(dataset_id).where(dataset_runs.c.name == run_name))).first()
    return None if row is None else _run(row)


async def page(
    connection: AsyncConnection, dataset_id: str, number: int, limit: int, bytes_max: int
) -> tuple[list[Run], int]:
    """Newest first, and how many there are in all."""
    columns = dataset_runs.c
    order = (columns.created_ms.desc(), columns.id)
    size = func.coalesce(func.length(columns.metadata), 0) + func.coalesce(
        func.length(columns.description), 0
    )
    sizes = select(size.label("size")).where(*_alive(dataset_id)).order_by(*order)
    await paging.check_size(connection, sizes, number, limit, bytes_max)
    rows, total = await paging.page(connection, _of(dataset_id).order_by(*order), number, limit)
    return [_run(row) for row in rows], total


async def names(
    connection: AsyncConnection, dataset_ids: list[str], names_max: int
) -> dict[str, list[str]]:
    """The names of runs by dataset, newest first."""
    columns = dataset_runs.c
    query = (
        select(columns.dataset_id, columns.name)
        .where(columns.dataset_id.in_(dataset_ids), columns.deleted_ms.is_(None))
        .order_by(columns.created_ms.desc(), columns.id)
        .limit(names_max + 1)
    )
    rows = (await connection.execute(query)).all()
    if len(rows) > names_max:
        message = f"These datasets have more than {names_max} runs; ask for fewer with `limit`"
        raise too_much("dataset_listed_max", message)
    found: dict[str, list[str]] = {dataset_id: [] for dataset_id in dataset_ids}
    for dataset_id, name in rows:
        found[dataset_id].append(name)
    return found


async def counts(connection: AsyncConnection, dataset_ids: list[str]) -> dict[str, int]:
    """How many runs each of the datasets has."""
    columns = dataset_runs.c
    query = (
        select(columns.dataset_id, func.count())
        .where(columns.dataset_id.in_(dataset_ids), columns.deleted_ms.is_(None))
        .group_by(columns.dataset_id)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def items_page(
    connection: AsyncConnection, project_id: str, run: Run, number: int, limit: int
) -> tuple[list[RunItem], int]:
    """Newest first, and how many there are in all."""
    rows, total = await paging.page(connection, _items_of(project_id, run.id), number, limit)
    return [_item(row, run) for row in rows], total


async def all_items(
    connection: AsyncConnection, project_id: str, run: Run, items_max: int
) -> list[RunItem]:
    """Newest first. Raises Unprocessable past the limit."""
    query = _items_of(project_id, run.id).limit(items_max + 1)
    rows = (await connection.execute(query)).all()
    if len(rows) > items_max:
        message = (
            f"This run has more than {items_max} items; "
            "read them with GET /api/public/dataset-run-items"
        )
        raise too_much("dataset_listed_max", message)
    return [_item(row, run) for row in rows]


async def item_counts(
    connection: AsyncConnection, project_id: str, run_ids: list[str]
) -> dict[str, int]:
    """How many items each of the runs has."""
    columns = dataset_run_items.c
    query = (
        select(columns.run_id, func.count())
        .where(columns.project_id == project_id, columns.run_id.in_(run_ids))
        .group_by(columns.run_id)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


def _alive(dataset_id: str) -> tuple[ColumnElement[bool], ...]:
    return dataset_runs.c.dataset_id == dataset_id, dataset_runs.c.deleted_ms.is_(None)


def _of(dataset_id: str) -> Any:
    return select(dataset_runs).where(*_alive(dataset_id))


def _items_of(project_id: str, run_id: str) -> Any:
    columns = dataset_run_items.c
    of_run = (columns.project_id == project_id, columns.run_id == run_id)
    order = (columns.created_ms.desc(), columns.item_id)
    return select(dataset_run_items).where(*of_run).order_by(*order)


def _run(row: Row[Any]) -> Run:
    return Run(**{name: getattr(row, name) for name in _RUN_COLUMNS})


def _item(row: Row[Any], run: Run) -> RunItem:
    own = {name: getattr(row, name) for name in RunItem.__slots__ if name != "run_name"}
    return RunItem(run_name=run.name, **own)
