"""Datasets: made and changed by name, one of each name in a project."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import NotFound
from collector.registry import dataset_items, paging
from collector.registry.dataset_rules import DATASET_NOT_FOUND, Dataset, too_many
from collector.registry.identifiers import new_id, now_ms
from collector.registry.schema import datasets, projects
from collector.settings import Settings

_TEXTS: Final = ("description", "metadata", "input_schema", "expected_output_schema")


async def take_turn(connection: AsyncConnection, project_id: str) -> None:
    """Writers of one project's datasets go one after the other until their transactions end."""
    query = select(projects.c.id).where(projects.c.id == project_id)
    # Not the stronger lock, which would keep out whoever refers to the project.
    await connection.execute(query.with_for_update(key_share=True))


async def upsert(
    connection: AsyncConnection,
    project_id: str,
    name: str,
    fields: Mapping[str, str | None],
    settings: Settings,
) -> Dataset:
    """Lays the fields over the dataset of this name; what is not given stays.

    Raises InvalidRequest past the limit, or when a new schema does not fit the items there are.
    """
    await take_turn(connection, project_id)
    found = await search(connection, project_id, name)
    if found is None:
        return await _create(connection, project_id, name, fields, settings.datasets_max)
    changed = {key: value for key, value in fields.items() if value != getattr(found, key)}
    if not changed:
        return found
    after = {key: changed.get(key, getattr(found, key)) for key in _TEXTS}
    if any(changed.get(key) for key in ("input_schema", "expected_output_schema")):
        schemas = after["input_schema"], after["expected_output_schema"]
        await dataset_items.check_all(connection, found.id, *schemas)
    # Two changes within a millisecond are still two.
    values = {**changed, "updated_ms": max(now_ms(), found.updated_ms + 1)}
    await connection.execute(update(datasets).where(datasets.c.id == found.id).values(values))
    return await find(connection, project_id, name)


async def _create(
    connection: AsyncConnection,
    project_id: str,
    name: str,
    fields: Mapping[str, str | None],
    datasets_max: int,
) -> Dataset:
    if await paging.count(connection, _of(project_id)) >= datasets_max:
        message = f"this project has {datasets_max} datasets, which is the most it may have"
        raise too_many("datasets_max", message)
    moment_ms = now_ms()
    texts = {key: fields.get(key) for key in _TEXTS}
    made = Dataset(
        id=new_id(),
        project_id=project_id,
        name=name,
        **texts,
        created_ms=moment_ms,
        updated_ms=moment_ms,
    )
    row = {column.name: getattr(made, column.name) for column in datasets.columns}
    await connection.execute(insert(datasets).values(row))
    return made


async def search(connection: AsyncConnection, project_id: str, name: str) -> Dataset | None:
    """The dataset of exactly this name."""
    row = (await connection.execute(_of(project_id).where(datasets.c.name == name))).first()
    return None if row is None else _from_row(row)


async def find(connection: AsyncConnection, project_id: str, *names: str) -> Dataset:
    """By the first of the names that exists. Raises NotFound."""
    for name in names:
        found = await search(connection, project_id, name)
        if found is not None:
            return found
    raise NotFound(DATASET_NOT_FOUND)


async def existing_ids(connection: AsyncConnection, project_id: str, ids: set[str]) -> set[str]:
    """Those of the ids that are datasets of the project."""
    query = select(datasets.c.id).where(datasets.c.project_id == project_id, datasets.c.id.in_(ids))
    return set((await connection.scalars(query)).all())


async def page(
    connection: AsyncConnection, project_id: str, number: int, limit: int, bytes_max: int
) -> tuple[list[Dataset], int]:
    """Newest first, and how many there are in all. Raises Unprocessable for a page too large."""
    order = (datasets.c.created_ms.desc(), datasets.c.id)
    lengths = [func.coalesce(func.length(datasets.c[name]), 0) for name in _TEXTS]
    sizes = select(sum(lengths[1:], lengths[0]).label("size"))
    sizes = sizes.where(datasets.c.project_id == project_id).order_by(*order)
    await paging.check_size(connection, sizes, number, limit, bytes_max)
    rows, total = await paging.page(connection, _of(project_id).order_by(*order), number, limit)
    return [_from_row(row) for row in rows], total


def _of(project_id: str) -> Any:
    return select(datasets).where(datasets.c.project_id == project_id)


def _from_row(row: Row[Any]) -> Dataset:
    return Dataset(**{name: getattr(row, name) for name in Dataset.__slots__})
