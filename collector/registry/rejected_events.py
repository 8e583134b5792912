"""Events that were refused, newest first: so many per project, for so many days."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select
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
    """Adds events, keeps the newest per project; how many it let go.

    Several SDKs send a batch again when one of its events was refused: an event stands once, with
    what became of it last. So does an entity that the flush met, which knows no event's id.
    """
    latest = {_known_as(event): event for event in events}
    for project_id in sorted({event.project_id for event in events}):
        mine = [event for event in latest.values() if event.project_id == project_id]
        await _forget_earlier(connection, project_id, mine)
    await connection.execute(insert(rejected_events), [_row_of(event) for event in latest.values()])
    let_go = 0
    for project_id in sorted({event.project_id for event in events}):
        let_go += await _keep_newest(connection, project_id, events_max)
    return let_go


def _known_as(event: RejectedEvent) -> tuple[str, str, str]:
    if event.event_id:
        return event.project_id, "event", event.event_id
    if event.place == "flush" and event.entity_id:
        return event.project_id, "entity", event.entity_id
    return event.project_id, "row", event.id


async def _forget_earlier(
    connection: AsyncConnection, project_id: str, events: Sequence[RejectedEvent]
) -> None:
    """Also what stands already, as a transaction may be repeated."""
    names = [_known_as(event) for event in events]
    columns = rejected_events.c
    same_entity = and_(
        columns.event_id.is_(None),
        columns.place == "flush",
        columns.entity_id.in_([name for _, what, name in names if what == "entity"]),
    )
    earlier = or_(
        columns.id.in_([event.id for event in events]),
        columns.event_id.in_([name for _, what, name in names if what == "event"]),
        same_entity,
    )
    await connection.execute(
        delete(rejected_events).where(columns.project_id == project_id, earlier)
    )


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
