"""Media of projects and where they are used; no trace need exist for a link to it.

An item counts as uploaded once `upload_http_status` is 200 or 201.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.registry.identifiers import now_ms
from collector.registry.schema import media, media_links


@dataclass(frozen=True)
class KnownMedia:
    """One item. Without `uploaded_ms` its bytes have not come yet."""

    project_id: str
    media_id: str
    sha256: str
    content_type: str
    content_bytes: int
    created_ms: int
    uploaded_ms: int | None = None
    upload_http_status: int | None = None
    upload_http_error: str | None = None


_COLUMNS = [media.c[field.name] for field in fields(KnownMedia)]


@dataclass(frozen=True)
class UsedMedia:
    """A field that an item was found in; the observation is empty for the trace's own."""

    project_id: str
    media_id: str
    trace_id: str
    observation_id: str
    field: str


async def find(connection: AsyncConnection, project_id: str, media_id: str) -> KnownMedia | None:
    """By id."""
    query = select(*_COLUMNS).where(media.c.project_id == project_id, media.c.media_id == media_id)
    row = (await connection.execute(query)).first()
    return None if row is None else KnownMedia(*row)


async def keep_uploaded(
    connection: AsyncConnection, items: Sequence[KnownMedia], links: Sequence[UsedMedia]
) -> None:
    """Items whose bytes are here; an upload that was announced or had failed is complete now."""
    moment_ms = now_ms()
    if items:
        statement = _insert(connection, media)
        changed = ("uploaded_ms", "upload_http_status", "upload_http_error", "updated_ms")
        statement = statement.on_conflict_do_update(
            index_elements=["project_id", "media_id"],
            set_={name: statement.excluded[name] for name in changed},
            where=media.c.upload_http_status.is_distinct_from(200),
        )
        rows = [{**asdict(item), "updated_ms": moment_ms} for item in items]
        await connection.execute(statement, rows)
    if links:
        statement = _insert(connection, media_links).on_conflict_do_nothing()
        used = [{**asdict(link), "created_ms": moment_ms} for link in links]
        await connection.execute(statement, used)


def _insert(connection: AsyncConnection, table: Table) -> Any:
    """Both engines know `on conflict`, each by its own construct."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
