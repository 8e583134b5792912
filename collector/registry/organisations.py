"""Organisations: owners of projects, keys and members."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.registry.identifiers import new_id, now_ms
from collector.registry.schema import organisations


@dataclass(frozen=True)
class Organisation:
    """One row."""

    id: str
    name: str
    metadata: dict[str, Any]
    created_ms: int
    updated_ms: int


async def create(
    connection: AsyncConnection, name: str, *, organisation_id: str | None = None
) -> Organisation:
    """A new organisation without members."""
    now = now_ms()
    made = Organisation(organisation_id or new_id(), name, {}, now, now)
    row = {"id": made.id, "name": name, "metadata": "{}", "created_ms": now, "updated_ms": now}
    await connection.execute(insert(organisations).values(row))
    return made


async def find(connection: AsyncConnection, organisation_id: str) -> Organisation | None:
    """By id."""
    rows = await connection.execute(
        select(organisations).where(organisations.c.id == organisation_id)
    )
    row = rows.first()
    return None if row is None else _organisation(row)


async def every(connection: AsyncConnection) -> list[Organisation]:
    """All of them, by name."""
    rows = await connection.execute(select(organisations).order_by(organisations.c.name))
    return [_organisation(row) for row in rows]


async def count(connection: AsyncConnection) -> int:
    """How many there are."""
    return int(await connection.scalar(select(func.count()).select_from(organisations)) or 0)


def _organisation(row: Row[Any]) -> Organisation:
    return Organisation(row.id, row.name, json.loads(row.metadata), row.created_ms, row.updated_ms)
