"""Media that have left for the bucket are read from there, through the same address."""

import asyncio
import os
import secrets
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from collector.objects.bucket import ensure_bucket
from collector.objects.s3 import S3Storage
from collector.records.media import media_of, object_key
from collector.services import Services
from collector.settings import Settings
from tests.api.events import trace
from tests.api.people import Person
from tests.servers.seaweed import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Seaweed

CONTENT = os.urandom(700_000)
MEDIA = media_of(CONTENT, "audio/wav", "base64_data_uri")
KEY = object_key("project-a", MEDIA.media_id, "audio/wav")


@pytest.fixture
def settings(settings: Settings, seaweed: Seaweed) -> Settings:
    """The bucket of segments serves media too when it is the only one."""
    made = replace(
        settings,
        s3_event_bucket=f"events-{secrets.token_hex(4)}",
        s3_event_endpoint=seaweed.endpoint,
        s3_event_access_key_id=ACCESS_KEY_ID,
        s3_event_secret_access_key=SECRET_ACCESS_KEY,
        media_retry_seconds_max=0.2,
    )
    assert made.media_bucket is not None
    ensure_bucket(made.media_bucket)
    return made


async def until_moved(services: Services) -> None:
    path = Path(services.media.local.folder / KEY)
    async with asyncio.timeout(60):
        while path.exists() or services.media.ledger.to_move(1):
            await asyncio.sleep(0.02)


async def test_bytes_are_read_from_the_bucket(
    client: Person, nobody: Person, services: Services
) -> None:
    uri = f"data:audio/wav;base64,{b64encode(CONTENT).decode()}"
    await client.ingests(trace("t", input=uri))
    url = (await client.reads(f"/api/public/media/{MEDIA.media_id}"))["url"]
    await until_moved(services)
    again = (await client.reads(f"/api/public/media/{MEDIA.media_id}"))["url"]
    whole = await nobody.get(again)
    part = await nobody.get(url, headers={"range": "bytes=262140-262150"})
    await client.ingests(trace("u", input=uri))

    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert (part.status_code, part.content) == (206, CONTENT[262140:262151])
    assert services.media.bucket.size(KEY) == len(CONTENT)
    assert not (services.media.local.folder / KEY).exists()


async def test_a_bucket_that_is_away_is_503(
    client: Person, nobody: Person, services: Services
) -> None:
    uri = f"data:audio/wav;base64,{b64encode(CONTENT).decode()}"
    await client.ingests(trace("t", input=uri))
    await until_moved(services)
    url = (await client.reads(f"/api/public/media/{MEDIA.media_id}"))["url"]
    bucket = services.settings.media_bucket
    assert bucket is not None
    services.media.__dict__["bucket"] = S3Storage(replace(bucket, endpoint="http://127.0.0.1:1"))
    answer = await nobody.get(url)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
