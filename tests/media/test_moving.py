"""The loops behind the folder: they go on when bucket or registry come back."""

import asyncio
import secrets
from pathlib import Path

import pytest

from collector.errors import Unavailable
from collector.media.ledger import Unrecorded
from collector.media.moving import Mover
from collector.media.store import MediaStore
from collector.objects.bucket import ensure_bucket
from collector.records.media import MediaLink, media_of, object_key
from collector.settings import Settings
from tests.media.conftest import bucket_settings
from tests.servers.seaweed import Seaweed

MEDIA = [media_of(bytes([number]) * 99, "image/png", "bytes") for number in range(5)]
LINKS = [MediaLink(media.media_id, "t", "o", "input") for media in MEDIA]


class Told:
    """A registry that is away for the first few times."""

    def __init__(self, times_away: int = 0) -> None:
        self.times_away = times_away
        self.ids: set[str] = set()
        self.links = 0

    async def record(self, waiting: Unrecorded) -> None:
        if self.times_away:
            self.times_away -= 1
            raise Unavailable("away")
        self.ids |= {item.media_id for item in waiting.items}
        self.links += len(waiting.links)


async def until_done(store: MediaStore, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while store.ledger.to_move(1) or store.ledger.unrecorded(1).items:
            await asyncio.sleep(0.02)


async def test_the_registry_is_told_once_it_is_there(in_folder: MediaStore) -> None:
    told = Told(times_away=2)
    mover = Mover(in_folder, told.record, retry_seconds_max=0.01)
    mover.start()
    in_folder.keep("p", MEDIA, LINKS)
    mover.wake()
    await until_done(in_folder)
    await mover.close()

    assert told.ids == {media.media_id for media in MEDIA}
    assert told.links == len(LINKS)


async def test_an_error_of_any_kind_does_not_end_a_loop(in_folder: MediaStore) -> None:
    told = Told()
    faults = [ValueError("odd"), OSError("odder")]

    async def record(waiting: Unrecorded) -> None:
        if faults:
            raise faults.pop()
        await told.record(waiting)

    in_folder.keep("p", MEDIA, LINKS)
    mover = Mover(in_folder, record, retry_seconds_max=0.01)
    mover.start()
    await until_done(in_folder)
    await mover.close()

    assert len(told.ids) == len(MEDIA)


async def test_what_an_earlier_run_left_is_moved(seaweed_settings: Settings) -> None:
    store = MediaStore(seaweed_settings)
    store.keep("p", MEDIA, LINKS)
    store.close()
    store, told = MediaStore(seaweed_settings), Told()
    mover = Mover(store, told.record, retry_seconds_max=1)
    mover.start()
    await until_done(store)
    await mover.close()
    sizes = {
        store.bucket.size(object_key("p", media.media_id, media.content_type)) for media in MEDIA
    }
    store.close()

    assert sizes == {99}
    assert len(told.ids) == len(MEDIA)


@pytest.mark.timeout(180)
async def test_media_wait_while_the_bucket_is_away(tmp_path: Path) -> None:
    seaweed = Seaweed()
    name = f"media-{secrets.token_hex(4)}"
    settings = Settings(
        data_dir=tmp_path / "data",
        disk_free_bytes_min=0,
        **bucket_settings(seaweed.endpoint, name),
    )
    store, told = MediaStore(settings), Told()
    mover = Mover(store, told.record, retry_seconds_max=0.2)
    mover.start()
    try:
        store.keep("p", MEDIA, LINKS)
        mover.wake()
        async with asyncio.timeout(30):
            while len(told.ids) < len(MEDIA):
                await asyncio.sleep(0.05)
        assert len(store.ledger.to_move(10)) == len(MEDIA)
        await asyncio.to_thread(seaweed.start)
        assert settings.media_bucket is not None
        ensure_bucket(settings.media_bucket)
        await until_done(store, 120)
        left = list((store.folder / "objects").rglob("*.png"))
    finally:
        await mover.close()
        store.close()
        seaweed.remove()

    assert left == []
