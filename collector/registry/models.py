"""Models: a name's pattern and its prices, of one project or, with no project, of all."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import Row, Select, delete, func, insert, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import InvalidRequest, NotFound
from collector.registry import checkpoints
from collector.registry.identifiers import new_id, now_ms
from collector.registry.price_table import UNIT, PriceTable, packaged_version
from collector.registry.schema import models

NOT_FOUND: Final = "No model with this id found."
NOT_DELETED: Final = (
    f"{NOT_FOUND} Note: You cannot delete built-in models, override them with a model with the same"
    " name."
)
_INSERT_ROWS_MAX: Final = 50
_CHECKPOINT: Final = "model_prices"
_LOCK: Final = 0x707269636573


@dataclass(frozen=True, slots=True)
class ModelDefinition:
    """One model as it is stored; prices within `tiers` are decimal texts in USD per unit."""

    id: str
    project_id: str | None
    model_name: str
    match_pattern: str
    start_ms: int | None
    unit: str | None
    tokenizer_id: str | None
    tokenizer_config: Any
    tiers: list[dict[str, Any]]
    source: str | None
    priced_on: str | None
    created_ms: int


async def create(
    connection: AsyncConnection, project_id: str, fields: Mapping[str, Any], models_max: int
) -> ModelDefinition:
    """From checked fields by their stored names. Raises InvalidRequest when the name is taken."""
    own = select(func.count()).where(models.c.project_id == project_id)
    if (await connection.scalar(own) or 0) >= models_max:
        raise TooManyModels(
            f"this project has {models_max} models, which is the most it may have; delete some"
        )
    model_id, moment_ms = new_id(), now_ms()
    config = fields.get("tokenizer_config")
    row = {
        **{name: fields.get(name) for name in ("start_ms", "tokenizer_id")},
        **{name: fields[name] for name in ("model_name", "match_pattern", "unit")},
        "id": model_id,
        "project_id": project_id,
        "tokenizer_config": None if config is None else json.dumps(config),
        "tiers": json.dumps(_with_ids(model_id, fields["tiers"], is_flat=fields["is_flat"])),
        "created_ms": moment_ms,
        "updated_ms": moment_ms,
    }
    try:
        await connection.execute(insert(models).values(row))
    except IntegrityError as error:
        message = f"Model name '{fields['model_name']}' already exists in project"
        raise InvalidRequest(message) from error
    return await find(connection, project_id, model_id)


class TooManyModels(InvalidRequest):
    """Past the limit of the settings."""


def _with_ids(model_id: str, tiers: list[dict[str, Any]], *, is_flat: bool) -> list[dict[str, Any]]:
    if is_flat:
        return [{"id": f"{model_id}_tier_default", **tiers[0]}]
    return [{"id": new_id(), **tier} for tier in tiers]


async def find(connection: AsyncConnection, project_id: str, model_id: str) -> ModelDefinition:
    """The project's own or one of all projects. Raises NotFound."""
    query = _visible(project_id).where(models.c.id == model_id)
    row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound(NOT_FOUND)
    return _from_row(row)


async def page(
    connection: AsyncConnection, project_id: str, number: int, limit: int
) -> list[ModelDefinition]:
    """By name, the project's own and those of all projects together; pages from 1."""
    order = (
        models.c.model_name,
        models.c.unit,
        models.c.start_ms.desc().nulls_last(),
        models.c.id,
    )
    query = _visible(project_id).order_by(*order).limit(limit).offset((number - 1) * limit)
    return [_from_row(row) for row in await connection.execute(query)]


async def search(
    connection: AsyncConnection, project_id: str, words: str, limit: int
) -> list[ModelDefinition]:
    """Models whose name contains the words in any case, the project's own first."""
    name = func.lower(models.c.model_name)
    query = _visible(project_id).where(name.contains(words.lower(), autoescape=True))
    order = (models.c.project_id.is_(None), models.c.model_name, models.c.id)
    return [_from_row(row) for row in await connection.execute(query.order_by(*order).limit(limit))]


async def count(connection: AsyncConnection, project_id: str) -> int:
    """How many a project sees."""
    query = select(func.count()).select_from(_visible(project_id).subquery())
    return await connection.scalar(query) or 0


async def remove(connection: AsyncConnection, project_id: str, model_id: str) -> None:
    """Only the project's own. Raises NotFound."""
    own = (models.c.id == model_id) & (models.c.project_id == project_id)
    if (await connection.execute(delete(models).where(own))).rowcount == 0:
        raise NotFound(NOT_DELETED)


# -- models of all projects ----------------------------------------------------------------------


async def is_outdated(connection: AsyncConnection, table: PriceTable) -> bool:
    """Whether the registry holds another table than this one, and no newer one.

    One that an operator gave stays until a later one comes with a version.
    """
    held = await checkpoints.read(connection, _CHECKPOINT)
    if held is None:
        return True
    if held["version"] == table.version:
        return False
    given: bool = held["given"]
    return bool(held["dated"] < table.dated or (held["dated"] == table.dated and not given))


async def load(
    connection: AsyncConnection, table: PriceTable, *, anyway: bool = False
) -> int | None:
    """Replaces the models of all projects; None when the registry holds them or newer ones.

    One process at a time, and projects' own models are left alone.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if not anyway and not await is_outdated(connection, table):
        return None
    of_all = models.c.project_id.is_(None)
    query = select(models.c.id, models.c.created_ms).where(of_all)
    created = {row.id: row.created_ms for row in await connection.execute(query)}
    await connection.execute(delete(models).where(of_all))
    moment_ms = now_ms()
    loaded = 0
    for part in _parts(table.rows()):
        for row in part:
            row |= {"project_id": None, "unit": UNIT, "updated_ms": moment_ms}
            row["created_ms"] = created.get(row["id"], moment_ms)
        await connection.execute(insert(models), part)
        loaded += len(part)
    held = {"version": table.version, "dated": table.dated, "given": not table.is_packaged}
    await checkpoints.write(connection, _CHECKPOINT, held)
    return loaded


def _parts(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Some rows at a time, for the memory that an insertion takes and the process then keeps."""
    while part := list(islice(rows, _INSERT_ROWS_MAX)):
        yield part


async def held_table(connection: AsyncConnection) -> dict[str, Any] | None:
    """`version` and `dated` of the table that the registry holds."""
    return await checkpoints.read(connection, _CHECKPOINT)


# -- for flushes ---------------------------------------------------------------------------------

_SNAPSHOT: Final = {
    "id": models.c.id,
    "project_id": models.c.project_id,
    "name": models.c.model_name,
    "pattern": models.c.match_pattern,
    "start_ms": models.c.start_ms,
    "unit": models.c.unit,
    "tiers": models.c.tiers,
}


async def snapshot_of_projects(connection: AsyncConnection) -> list[dict[str, Any]]:
    """What a flush needs of the projects' own models."""
    return await _snapshot(connection, models.c.project_id.is_not(None))


async def snapshot_of_all(connection: AsyncConnection) -> list[dict[str, Any]]:
    """The same of the models of all projects; only its name where they are the packaged table.

    There are more than a thousand, and they are asked for every few seconds.
    """
    held = await checkpoints.read(connection, _CHECKPOINT)
    if held is not None and held["version"] == packaged_version():
        return [{"packaged": held["version"]}]
    return await _snapshot(connection, models.c.project_id.is_(None))


async def _snapshot(connection: AsyncConnection, condition: Any) -> list[dict[str, Any]]:
    query = select(*_SNAPSHOT.values()).where(condition).order_by(models.c.id)
    return [dict(zip(_SNAPSHOT, row, strict=True)) for row in await connection.execute(query)]


def _visible(project_id: str) -> Select[Any]:
    own = models.c.project_id == project_id
    return select(models).where(or_(own, models.c.project_id.is_(None)))


def _from_row(row: Row[Any]) -> ModelDefinition:
    config = row.tokenizer_config
    return ModelDefinition(
        row.id,
        row.project_id,
        row.model_name,
        row.match_pattern,
        row.start_ms,
        row.unit,
        row.tokenizer_id,
        None if config is None else json.loads(config),
        sorted(json.loads(row.tiers), key=lambda tier: tier["priority"]),
        row.source,
        row.priced_on,
        row.created_ms,
    )
