"""Score configs: the name, type and allowed values that scores of a project are held against."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import InvalidRequest, NotFound
from collector.registry.identifiers import new_id, now_ms
from collector.registry.schema import projects, score_configs
from collector.registry.score_config_rules import (
    BOOLEAN_CATEGORIES,
    NOT_FOUND,
    ScoreConfig,
    faults_of,
)


async def create(
    connection: AsyncConnection, project_id: str, fields: Mapping[str, Any], configs_max: int
) -> ScoreConfig:
    """From checked fields by their stored names. Raises InvalidRequest past `configs_max`."""
    if await count(connection, project_id) >= configs_max:
        message = f"this project has {configs_max} score configs, which is the most it may have"
        raise InvalidRequest(message)
    moment_ms = now_ms()
    config = ScoreConfig(
        id=new_id(),
        project_id=project_id,
        name=fields["name"],
        description=fields.get("description"),
        data_type=fields["data_type"],
        is_archived=False,
        min_value=fields.get("min_value"),
        max_value=fields.get("max_value"),
        categories=_categories(fields),
        created_ms=moment_ms,
        updated_ms=moment_ms,
    )
    await connection.execute(insert(score_configs).values(_row_of(asdict(config))))
    return config


async def change(
    connection: AsyncConnection, project_id: str, config_id: str, fields: Mapping[str, Any]
) -> ScoreConfig:
    """Lays the fields over the config. Raises NotFound, or InvalidRequest with broken rules."""
    query = _of_project(project_id).where(score_configs.c.id == config_id).with_for_update()
    row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound(NOT_FOUND)
    changed = asdict(_from_row(row)) | dict(fields) | {"updated_ms": now_ms()}
    faults = faults_of(changed)
    if faults:
        raise InvalidRequest(", ".join(fault.message for fault in faults))
    await connection.execute(
        update(score_configs).where(score_configs.c.id == config_id).values(_row_of(changed))
    )
    return ScoreConfig(**changed)


async def find(connection: AsyncConnection, project_id: str, config_id: str) -> ScoreConfig:
    """One config. Raises NotFound."""
    query = _of_project(project_id).where(score_configs.c.id == config_id)
    row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound(NOT_FOUND)
    return _from_row(row)


async def page(
    connection: AsyncConnection, project_id: str, number: int, limit: int
) -> list[ScoreConfig]:
    """Newest first, pages from 1."""
    order = (score_configs.c.created_ms.desc(), score_configs.c.id)
    query = _of_project(project_id).order_by(*order).limit(limit).offset((number - 1) * limit)
    return [_from_row(row) for row in await connection.execute(query)]


async def count(connection: AsyncConnection, project_id: str) -> int:
    """How many configs the project has, archived ones too."""
    query = select(func.count()).select_from(_of_project(project_id).subquery())
    return await connection.scalar(query) or 0


async def snapshot(connection: AsyncConnection) -> list[dict[str, Any]]:
    """What a flush needs of the configs of all projects that exist."""
    query = (
        select(score_configs)
        .join(projects)
        .where(projects.c.deleted_ms.is_(None))
        .order_by(score_configs.c.id)
    )
    names = ("id", "project_id", "name", "data_type", "is_archived", "min_value", "max_value")
    return [
        {name: getattr(row, name) for name in names} | {"categories": _categories_of(row)}
        for row in await connection.execute(query)
    ]


def _of_project(project_id: str) -> Any:
    return select(score_configs).where(score_configs.c.project_id == project_id)


def _categories(fields: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    if fields["data_type"] == "BOOLEAN":
        return [dict(category) for category in BOOLEAN_CATEGORIES]
    found: list[dict[str, Any]] | None = fields.get("categories")
    return found


def _row_of(config: Mapping[str, Any]) -> dict[str, Any]:
    categories = config["categories"]
    return {**config, "categories": None if categories is None else json.dumps(categories)}


def _categories_of(row: Row[Any]) -> list[dict[str, Any]] | None:
    found: list[dict[str, Any]] | None = (
        None if row.categories is None else json.loads(row.categories)
    )
    return found


def _from_row(row: Row[Any]) -> ScoreConfig:
    return ScoreConfig(
        row.id,
        row.project_id,
        row.name,
        row.description,
        row.data_type,
        row.is_archived,
        row.min_value,
        row.max_value,
        _categories_of(row),
        row.created_ms,
        row.updated_ms,
    )
