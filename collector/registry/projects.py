"""Projects: what keys open and traces belong to. A deleted one stays as a row, unseen."""

import json
from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import Conflict, InvalidRequest
from collector.registry.identifiers import new_id, now_ms
from collector.registry.known import Project
from collector.registry.schema import organisations, projects

NAME_CHARACTERS_MAX = 60


async def create(
    connection: AsyncConnection,
    organisation_id: str,
    name: str,
    *,
    project_id: str | None = None,
    retention_days: int | None = None,
) -> str:
    """The new project's id; the caller has seen to it that the name is free."""
    now = now_ms()
    row = {
        "id": project_id or new_id(),
        "organisation_id": organisation_id,
        "name": name,
        "retention_days": retention_days or None,
        "metadata": "{}",
        "created_ms": now,
        "updated_ms": now,
    }
    try:
        await connection.execute(insert(projects).values(row))
    except IntegrityError as error:
        message = f"the project id {row['id']} is taken, or the organisation does not exist"
        raise Conflict(message) from error
    return str(row["id"])


async def check_name(connection: AsyncConnection, organisation_id: str, name: str) -> None:
    """What people may call a project; provisioning is not held to it."""
    if not 3 <= len(name) <= NAME_CHARACTERS_MAX:
        raise InvalidRequest(f"the project name must have 3 to {NAME_CHARACTERS_MAX} characters")
    if any(project.name == name for project in await every(connection, organisation_id)):
        raise Conflict(f"the organisation has a project {name!r} already")


async def find(connection: AsyncConnection, project_id: str) -> Project | None:
    """By id, unless deleted."""
    rows = await connection.execute(_live().where(projects.c.id == project_id))
    row = rows.first()
    return None if row is None else from_row(row)


async def exists(connection: AsyncConnection, project_id: str) -> bool:
    """Whether the id is taken, be it by a deleted project."""
    query = select(projects.c.id).where(projects.c.id == project_id)
    return await connection.scalar(query) is not None


async def every(connection: AsyncConnection, organisation_id: str | None = None) -> list[Project]:
    """All that are not deleted, by name."""
    query = _live().order_by(projects.c.name)
    if organisation_id is not None:
        query = query.where(projects.c.organisation_id == organisation_id)
    return [from_row(row) for row in await connection.execute(query)]


async def set_retention(connection: AsyncConnection, project_id: str, days: int | None) -> None:
    """Days that traces are kept; None or 0 keeps them."""
    values = {"retention_days": days or None, "updated_ms": now_ms()}
    await connection.execute(update(projects).where(projects.c.id == project_id).values(values))


async def delete(connection: AsyncConnection, project_id: str) -> None:
    """Hides the project and with it its keys; the traces are removed by their own job."""
    values = {"deleted_ms": now_ms(), "updated_ms": now_ms()}
    await connection.execute(update(projects).where(projects.c.id == project_id).values(values))


def from_row(row: Row[Any]) -> Project:
    """From a row that has `organisation_name` beside the table's own columns."""
    return Project(
        row.id,
        row.name,
        row.organisation_id,
        row.organisation_name,
        row.retention_days,
        json.loads(row.metadata),
        row.created_ms,
        row.updated_ms,
    )


def _live() -> Select[Any]:
    return (
        select(projects, organisations.c.name.label("organisation_name"))
        .join(organisations)
        .where(projects.c.deleted_ms.is_(None))
    )
