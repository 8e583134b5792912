"""Events that were refused, newest first: so many per project, for so many days."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.registry.schema import rejected_events


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """One row."""

    id: str
    project_id: str
    rejected_ms: int
    place: str
    event_id: str | None
    kind: str | None
    entity_id: str | None
    reason: str
    payload: str | None


async def add(connection: AsyncConnection, events: Sequence[RejectedEvent], events_max: int) -> int:
    """Adds events that may be there already, keeps the newest per project; how many it let go."""
    rows = [_row_of(event) for event in events]
    ids = [row["id"] for row in rows]
    await connection.execute(delete(rejected_events).where(rejected_events.c.id.in_(ids)))
    await connection.execute(insert(rejected_events), rows)
    let_go = 0
    for project_id in sorted({event.project_id for event in events}):
        let_go += await _keep_newest(connection, project_id, events_max)
    return let_go


async def _keep_newest(connection: AsyncConnection, project_id: str, events_max: int) -> int:
    of_project = rejected_events.c.project_id == project_id
    order = rejected_events.c.id.desc()
    query = select(rejected_events.c.id).where(of_project).order_by(order).offset(events_max)
    newest_too_many = await connection.scalar(query.limit(1))
    if newest_too_many is None:
        return 0
    too_many = rejected_events.c.id <= newest_too_many
    return (await connection.execute(delete(rejected_events).where(of_project, too_many))).rowcount


async def forget_before(connection: AsyncConnection, before_ms: int) -> None:
    """Deletes what is older, of all projects."""
    await connection.execute(
        delete(rejected_events).where(rejected_events.c.rejected_ms < before_ms)
    )


async def page(
    connection: AsyncConnection, project_id: str, since_ms: int, number: int, limit: int
) -> tuple[list[RejectedEvent], int]:
    """One page, newest first, numbered from 1, and how many there are in all."""
    wanted: tuple[ColumnElement[bool], ...] = (
        rejected_events.c.project_id == project_id,
        rejected_events.c.rejected_ms >= since_ms,
    )
    total = await connection.scalar(
        select(func.count()).select_from(rejected_events).where(*wanted)
    )
    query = (
        select(rejected_events)
        .where(*wanted)
        .order_by(rejected_events.c.id.desc())
        .limit(limit)
        .offset((number - 1) * limit)
    )
    found = [RejectedEvent(**row) for row in (await connection.execute(query)).mappings()]
    return found, total or 0


def _row_of(event: RejectedEvent) -> dict[str, Any]:
    return {column.name: getattr(event, column.name) for column in rejected_events.columns}
