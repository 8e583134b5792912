"""Score configs: the name, type and allowed values that scores of a project are held against."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.registry.schema import projects, score_configs


async def snapshot(connection: AsyncConnection) -> list[dict[str, Any]]:
    """What a flush needs of the configs of all projects that exist."""
    query = (
        select(score_configs)
        .join(projects)
        .where(projects.c.deleted_ms.is_(None))
        .order_by(score_configs.c.id)
    )
    return [
        {
            "id": row.id,
            "project_id": row.project_id,
            "name": row.name,
            "data_type": row.data_type,
            "is_archived": row.is_archived,
            "min_value": row.min_value,
            "max_value": row.max_value,
            "categories": None if row.categories is None else json.loads(row.categories),
        }
        for row in await connection.execute(query)
    ]
