"""Media in the registry, on both engines."""

from dataclasses import replace
from functools import partial

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.registry import media
from collector.registry.database import Database
from collector.registry.media import KnownMedia, UsedMedia
from collector.registry.migrate import migrate
from collector.registry.schema import media as table
from collector.registry.schema import media_links
from collector.settings import Settings

ITEM = KnownMedia("p", "m" * 22, "s" * 44, "image/png", 10, 1_000, 1_000, 200)
USE = UsedMedia("p", "m" * 22, "t", "o", "input")


async def link_count(connection: AsyncConnection) -> int | None:
    return await connection.scalar(select(func.count()).select_from(media_links))


async def test_items_are_found_in_their_project_only(registry_settings: Settings) -> None:
    database = Database(registry_settings)
    await migrate(database)
    await database.run(lambda connection: media.keep_uploaded(connection, [ITEM], [USE]))
    found = await database.run(lambda connection: media.find(connection, "p", ITEM.media_id))
    other = await database.run(lambda connection: media.find(connection, "q", ITEM.media_id))
    await database.close()

    assert (found, other) == (ITEM, None)


async def test_telling_again_changes_nothing(registry_settings: Settings) -> None:
    database = Database(registry_settings)
    await migrate(database)
    later = replace(ITEM, content_type="image/jpeg", created_ms=9_000, uploaded_ms=9_000)
    for item in (ITEM, ITEM, later):
        await database.run(partial(media.keep_uploaded, items=[item], links=[USE, USE]))
    found = await database.run(partial(media.find, project_id="p", media_id=ITEM.media_id))
    links = await database.run(link_count)
    await database.close()

    assert (found, links) == (ITEM, 1)


async def test_an_upload_that_was_announced_is_complete_with_the_bytes(
    registry_settings: Settings,
) -> None:
    database = Database(registry_settings)
    await migrate(database)
    announced = {
        "project_id": "p",
        "media_id": ITEM.media_id,
        "sha256": ITEM.sha256,
        "content_type": "image/png",
        "content_bytes": 10,
        "created_ms": 500,
        "updated_ms": 500,
        "upload_http_status": 403,
        "upload_http_error": "no",
    }
    await database.run(lambda connection: connection.execute(insert(table).values(announced)))
    await database.run(lambda connection: media.keep_uploaded(connection, [ITEM], []))
    found = await database.run(lambda connection: media.find(connection, "p", ITEM.media_id))
    await database.close()

    assert found == replace(ITEM, created_ms=500)
