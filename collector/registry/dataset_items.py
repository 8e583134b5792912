"""Items of datasets. Each write closes the version there was and begins a new one.

An id belongs to one item of its project, in whichever dataset.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import Conflict, InvalidRequest, NotFound
from collector.registry import dataset_schemas, paging
from collector.registry.dataset_rules import (
    ACTIVE,
    ITEM_NOT_FOUND,
    Dataset,
    Item,
    too_many,
    too_much,
)
from collector.registry.identifiers import new_id, now_ms
from collector.registry.schema import dataset_items, datasets
from collector.settings import Settings

_PAYLOADS: Final = ("input", "expected_output", "metadata")
_FIELDS: Final = ("status", *_PAYLOADS, "source_trace_id", "source_observation_id")
_REFUSED: Final = "Dataset item validation failed: "
_CHECKED_BYTES: Final = 4 * 1024 * 1024
_FAULTS_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items to list; `version_ms` asks for those that were valid then."""

    dataset_id: str | None = None
    source_trace_id: str | None = None
    source_observation_id: str | None = None
    version_ms: int | None = None


async def write(
    connection: AsyncConnection,
    dataset: Dataset,
    item_id: str | None,
    fields: Mapping[str, str | None],
    settings: Settings,
) -> Item:
    """A new item, or the item of that id with the fields laid over it.

    The caller has taken the project's turn. Raises Conflict if the id is another dataset's, and
    InvalidRequest if the values do not fit the schemas.
    """
    before = None if item_id is None else await _newest(connection, dataset.project_id, item_id)
    exists = before is not None and not before.is_deleted
    if before is not None and exists and before.dataset_id != dataset.id:
        raise Conflict(_used_elsewhere(before.id, before.dataset_id))
    values = {name: getattr(before, name) if exists else None for name in _FIELDS} | dict(fields)
    values["status"] = values["status"] or ACTIVE
    if item_id is None and values["input"] is None:
        raise InvalidRequest(_REFUSED + "Dataset item input cannot be null")
    schemas = dataset.input_schema, dataset.expected_output_schema
    faults = await asyncio.to_thread(_faults, schemas, values) if any(schemas) else []
    if faults:
        raise InvalidRequest(_REFUSED + "; ".join(faults))
    if not exists:
        await _check_room(connection, dataset.id, settings.dataset_items_max)
    moment_ms = await _close(connection, before)
    row: dict[str, Any] = {
        "project_id": dataset.project_id,
        "id": item_id or new_id(),
        "valid_from_ms": moment_ms,
        "dataset_id": dataset.id,
        "is_deleted": False,
        "size_bytes": sum(len((values[name] or "").encode()) for name in _PAYLOADS),
        **values,
    }
    await connection.execute(insert(dataset_items).values(row))
    if before is not None:
        await _forget_oldest(connection, row, settings.dataset_item_versions_max)
    shown = {**row, "dataset_name": dataset.name, "valid_to_ms": None}
    return Item(**{name: shown[name] for name in Item.__slots__})


def _used_elsewhere(item_id: str, dataset_id: str) -> str:
    return (
        f"Dataset item id {item_id} already exists in another dataset (id {dataset_id}) in this "
        "project; item ids are unique per project across datasets. "
        f"Use a different id or target dataset {dataset_id}."
    )


async def remove(connection: AsyncConnection, project_id: str, item_id: str) -> None:
    """Adds a tombstone: earlier versions can still be asked for. Raises NotFound."""
    before = await _newest(connection, project_id, item_id)
    if before is None or before.is_deleted:
        raise NotFound(ITEM_NOT_FOUND)
    row = {
        "project_id": project_id,
        "id": item_id,
        "valid_from_ms": await _close(connection, before),
        "dataset_id": before.dataset_id,
        "status": before.status,
        "is_deleted": True,
        "size_bytes": 0,
    }
    await connection.execute(insert(dataset_items).values(row))


async def _newest(connection: AsyncConnection, project_id: str, item_id: str) -> Row[Any] | None:
    columns = dataset_items.c
    query = select(dataset_items).where(
        columns.project_id == project_id, columns.id == item_id, columns.valid_to_ms.is_(None)
    )
    return (await connection.execute(query)).first()


async def _close(connection: AsyncConnection, before: Row[Any] | None) -> int:
    """Ends the version; when the next one begins, always later."""
    if before is None:
        return now_ms()
    moment_ms: int = max(now_ms(), before.valid_from_ms + 1)
    columns = dataset_items.c
    version = and_(
        columns.project_id == before.project_id,
        columns.id == before.id,
        columns.valid_from_ms == before.valid_from_ms,
    )
    await connection.execute(update(dataset_items).where(version).values(valid_to_ms=moment_ms))
    return moment_ms


async def _check_room(connection: AsyncConnection, dataset_id: str, items_max: int) -> None:
    there = select(dataset_items.c.id).where(dataset_items.c.dataset_id == dataset_id, *_now())
    if await paging.count(connection, there) >= items_max:
        message = f"this dataset has {items_max} items, which is the most it may have"
        raise too_many("dataset_items_max", message)


async def _forget_oldest(
    connection: AsyncConnection, row: Mapping[str, Any], versions_max: int
) -> None:
    columns = dataset_items.c
    of_item = and_(columns.project_id == row["project_id"], columns.id == row["id"])
    order = columns.valid_from_ms.desc()
    query = select(columns.valid_from_ms).where(of_item).order_by(order).offset(versions_max)
    newest_too_many = await connection.scalar(query.limit(1))
    if newest_too_many is not None:
        too_old = columns.valid_from_ms <= newest_too_many
        await connection.execute(delete(dataset_items).where(of_item, too_old))


# -- reads -------------------------------------------------------------------------------------


async def find(
    connection: AsyncConnection, project_id: str, item_id: str, version_ms: int | None = None
) -> Item:
    """The newest version or the one of a moment, archived ones too. Raises NotFound."""
    columns = dataset_items.c
    query = _items().where(columns.project_id == project_id, columns.id == item_id)
    row = (await connection.execute(query.where(*_valid(version_ms)))).first()
    if row is None:
        raise NotFound(ITEM_NOT_FOUND)
    return _from_row(row)


async def page(
    connection: AsyncConnection,
    project_id: str,
    wanted: ItemFilter,
    place: tuple[int, int],
    bytes_max: int,
) -> tuple[list[Item], int]:
    """Active items, the last written first; `place` is the page's number and limit."""
    conditions = [
        dataset_items.c.project_id == project_id,
        dataset_items.c.status == ACTIVE,
        *_valid(wanted.version_ms),
    ]
    for name in ("dataset_id", "source_trace_id", "source_observation_id"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(dataset_items.c[name] == value)
    order = (dataset_items.c.valid_from_ms.desc(), dataset_items.c.id)
    sizes = select(dataset_items.c.size_bytes).where(*conditions).order_by(*order)
    await paging.check_size(connection, sizes, *place, bytes_max)
    rows, total = await paging.page(
        connection, _items().where(*conditions).order_by(*order), *place
    )
    return [_from_row(row) for row in rows], total


async def active_ids(
    connection: AsyncConnection, dataset_ids: list[str], ids_max: int
) -> dict[str, list[str]]:
    """The ids of active items by dataset, the last written first."""
    columns = dataset_items.c
    query = (
        select(columns.dataset_id, columns.id)
        .where(columns.dataset_id.in_(dataset_ids), columns.status == ACTIVE, *_now())
        .order_by(columns.valid_from_ms.desc(), columns.id)
        .limit(ids_max + 1)
    )
    found: dict[str, list[str]] = {dataset_id: [] for dataset_id in dataset_ids}
    rows = (await connection.execute(query)).all()
    if len(rows) > ids_max:
        message = f"These datasets have more than {ids_max} items; ask for fewer with `limit`"
        raise too_much("dataset_listed_max", message)
    for dataset_id, item_id in rows:
        found[dataset_id].append(item_id)
    return found


async def counts(connection: AsyncConnection, dataset_ids: list[str]) -> dict[str, int]:
    """How many active items each of the datasets has."""
    columns = dataset_items.c
    query = (
        select(columns.dataset_id, func.count())
        .where(columns.dataset_id.in_(dataset_ids), columns.status == ACTIVE, *_now())
        .group_by(columns.dataset_id)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def previews(
    connection: AsyncConnection, dataset_id: str, number: int, limit: int, characters: int
) -> tuple[list[dict[str, Any]], int]:
    """A page of active items with the beginnings of their texts, the last written first."""
    columns = dataset_items.c
    cut = [func.substr(columns[name], 1, characters).label(name) for name in _PAYLOADS[:2]]
    query = (
        select(columns.id, columns.valid_from_ms, columns.source_trace_id, *cut)
        .where(columns.dataset_id == dataset_id, columns.status == ACTIVE, *_now())
        .order_by(columns.valid_from_ms.desc(), columns.id)
    )
    rows, total = await paging.page(connection, query, number, limit)
    names = ("id", "valid_from_ms", "source_trace_id", "input", "expected_output")
    return [{name: getattr(row, name) for name in names} for row in rows], total


def _items() -> Select[Any]:
    joined = dataset_items.join(datasets, datasets.c.id == dataset_items.c.dataset_id)
    return select(dataset_items, datasets.c.name.label("dataset_name")).select_from(joined)


def _now() -> tuple[ColumnElement[bool], ...]:
    return dataset_items.c.valid_to_ms.is_(None), dataset_items.c.is_deleted.is_(False)


def _valid(version_ms: int | None) -> tuple[ColumnElement[bool], ...]:
    if version_ms is None:
        return _now()
    columns = dataset_items.c
    return (
        columns.is_deleted.is_(False),
        columns.valid_from_ms <= version_ms,
        or_(columns.valid_to_ms.is_(None), columns.valid_to_ms > version_ms),
    )


def _from_row(row: Row[Any]) -> Item:
    return Item(**{name: getattr(row, name) for name in Item.__slots__})


# -- schemas -----------------------------------------------------------------------------------


async def check_all(
    connection: AsyncConnection,
    dataset_id: str,
    input_schema: str | None,
    expected_output_schema: str | None,
) -> None:
    """Raises InvalidRequest with the first of the current items that do not fit."""
    columns = dataset_items.c
    there = (columns.dataset_id == dataset_id, *_now())
    query = select(columns.id, columns.size_bytes).where(*there).order_by(columns.id)
    found: list[str] = []
    for ids in _by_size((await connection.execute(query)).all()):
        wanted = select(columns.id, columns.input, columns.expected_output)
        rows = (await connection.execute(wanted.where(*there, columns.id.in_(ids)))).all()
        found += await asyncio.to_thread(_faults_of_all, rows, input_schema, expected_output_schema)
        if len(found) >= _FAULTS_MAX:
            break
    if found:
        raise InvalidRequest("Dataset schema validation failed: " + "; ".join(found[:_FAULTS_MAX]))


def _by_size(rows: Any) -> list[list[str]]:
    """Ids in groups whose payloads are of a few megabytes."""
    groups: list[list[str]] = []
    room = 0
    for item_id, size_bytes in rows:
        if not groups or room < size_bytes or len(groups[-1]) >= 500:
            groups.append([])
            room = _CHECKED_BYTES
        groups[-1].append(item_id)
        room -= size_bytes
    return groups


def _faults_of_all(
    rows: Sequence[Any], input_schema: str | None, expected_output_schema: str | None
) -> list[str]:
    check = _check_of(input_schema, expected_output_schema)
    return [
        f"item {row.id}: {fault}" for row in rows for fault in check(row.input, row.expected_output)
    ]


def _check_of(
    input_schema: str | None, expected_output_schema: str | None
) -> Callable[[str | None, str | None], list[str]]:
    """What an item breaks, in words; one without an expected output breaks no rule about it."""
    of_input = input_schema and dataset_schemas.check_of(input_schema)
    of_output = expected_output_schema and dataset_schemas.check_of(expected_output_schema)

    def check(input_: str | None, expected_output: str | None) -> list[str]:
        said = of_input(orjson.loads(input_ or "null")) if of_input else []
        found = ["Input validation failed: " + ", ".join(said)] if said else []
        said = of_output(orjson.loads(expected_output)) if of_output and expected_output else []
        return found + (["Expected output validation failed: " + ", ".join(said)] if said else [])

    return check


def _faults(schemas: tuple[str | None, str | None], values: Mapping[str, Any]) -> list[str]:
    return _check_of(*schemas)(values["input"], values["expected_output"])
