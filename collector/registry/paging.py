"""Pages of lists whose rows may be large: their size is asked before they are read."""

from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.registry.dataset_rules import too_much


async def count(connection: AsyncConnection, rows: Select[Any]) -> int:
    """How many rows the query has."""
    query = select(func.count()).select_from(rows.order_by(None).subquery())
    return await connection.scalar(query) or 0


async def page(
    connection: AsyncConnection, rows: Select[Any], number: int, limit: int
) -> tuple[list[Row[Any]], int]:
    """One page of the ordered query, numbered from 1, and how many rows there are in all."""
    total = await count(connection, rows)
    # A page past the end may be past what a database takes as an offset, too.
    if (number - 1) * limit >= total:
        return [], total
    query = rows.limit(limit).offset((number - 1) * limit)
    return list((await connection.execute(query)).all()), total


async def check_size(
    connection: AsyncConnection, sizes: Select[Any], number: int, limit: int, bytes_max: int
) -> None:
    """Raises Unprocessable if the page of these sizes, ordered as its rows, is too large."""
    total = await count(connection, sizes)
    if (number - 1) * limit >= total:
        return
    page_ = sizes.limit(limit).offset((number - 1) * limit).subquery()
    size = await connection.scalar(select(func.sum(page_.c[0])))
    if size is not None and size > bytes_max:
        message = (
            f"These rows have {size} bytes, an answer has at most {bytes_max}; "
            "ask for fewer with `limit`"
        )
        raise too_much("dataset_answer_bytes_max", message)
