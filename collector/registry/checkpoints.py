"""How far a background job has come, so that it goes on there after a restart."""

import json
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.registry.identifiers import now_ms
from collector.registry.schema import job_checkpoints


async def read(connection: AsyncConnection, name: str) -> dict[str, Any] | None:
    """What the job wrote last; None before its first run."""
    query = select(job_checkpoints.c.body).where(job_checkpoints.c.name == name)
    body = await connection.scalar(query)
    if body is None:
        return None
    found: dict[str, Any] = json.loads(body)
    return found


async def write(connection: AsyncConnection, name: str, body: dict[str, Any]) -> None:
    """Replaces what was written before."""
    await connection.execute(delete(job_checkpoints).where(job_checkpoints.c.name == name))
    row = {"name": name, "body": json.dumps(body), "updated_ms": now_ms()}
    await connection.execute(insert(job_checkpoints).values(row))


async def forget(connection: AsyncConnection, name: str) -> None:
    """The job begins anew when it runs next."""
    await connection.execute(delete(job_checkpoints).where(job_checkpoints.c.name == name))
