"""Reading media: the item, and its bytes behind a signed address."""

import asyncio
import re
from base64 import b64encode
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import insert

from collector.records.media import EXTENSIONS, media_of
from collector.registry.schema import media as table
from collector.services import Services
from collector.settings import Settings
from tests.api.events import trace
from tests.api.media import CONTENT, MEDIA_ID, PNG, URI
from tests.api.people import Person

SIZE = len(PNG)


async def address(client: Person) -> str:
    """Of the image, which is ingested for it."""
    await client.ingests(trace("t", input=URI))
    return str((await client.reads(CONTENT))["url"])


async def until_recorded(services: Services) -> None:
    async with asyncio.timeout(20):
        while services.media.ledger.find("project-a", MEDIA_ID) is not None:
            await asyncio.sleep(0.01)


async def test_an_item_has_the_fields_of_the_contract(client: Person, services: Services) -> None:
    await client.ingests(trace("t", input=URI))
    at_once = await client.reads(CONTENT)
    await until_recorded(services)
    recorded = await client.reads(CONTENT)

    assert list(at_once) == list(recorded)
    assert list(at_once) == [
        *("mediaId", "contentType", "contentLength", "uploadedAt", "url", "urlExpiry")
    ]
    assert at_once["mediaId"] == MEDIA_ID
    assert (at_once["contentType"], at_once["contentLength"]) == ("image/png", SIZE)
    assert at_once["uploadedAt"] == recorded["uploadedAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", at_once["urlExpiry"])
    assert at_once["url"].startswith(f"http://testserver{CONTENT}/content?")


@pytest.mark.parametrize("path", [CONTENT, "/api/public/media/x", "/api/public/media/%00"])
async def test_an_unknown_item_is_not_found(client: Person, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 404
    assert answer.json() == {
        "message": "Media asset not found",
        "error": "LangfuseNotFoundError",
    }


async def test_media_of_another_project_are_not_found(client: Person, charlie: Person) -> None:
    await client.ingests(trace("t", input=URI))

    assert (await charlie.get(CONTENT)).status_code == 404


async def test_media_need_a_key(nobody: Person, olivia: Person) -> None:
    assert (await nobody.get(CONTENT)).status_code == 401
    assert (await olivia.get(CONTENT)).status_code == 403


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (None, None, "Media not yet uploaded"),
        (403, "denied", "Media upload failed with status 403: \n denied"),
    ],
)
async def test_an_upload_that_is_not_complete_is_told(
    client: Person, services: Services, status: int | None, error: str | None, message: str
) -> None:
    row = {
        "project_id": "project-a",
        "media_id": "m" * 22,
        "sha256": "s" * 44,
        "content_type": "image/png",
        "content_bytes": 1,
        "created_ms": 1,
        "updated_ms": 1,
        "uploaded_ms": None if status is None else 1,
        "upload_http_status": status,
        "upload_http_error": error,
    }
    await services.registry.run(lambda connection: connection.execute(insert(table).values(row)))
    answer = await client.get("/api/public/media/" + "m" * 22)

    assert (answer.status_code, answer.json()["message"]) == (404, message)


async def test_the_address_needs_no_key_and_gives_the_bytes(client: Person, nobody: Person) -> None:
    url = await address(client)
    answer = await nobody.get(url)
    head = await nobody.asks("HEAD", url)

    assert (answer.status_code, answer.content) == (200, PNG)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"] == str(SIZE)
    for name, value in {
        "content-type": "image/png",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "content-disposition": f'inline; filename="{MEDIA_ID}.png"',
        "accept-ranges": "bytes",
        "etag": f'"{MEDIA_ID}"',
    }.items():
        assert answer.headers[name] == value
    assert answer.headers["cache-control"].startswith("private, max-age=")


async def test_what_a_browser_could_run_is_saved_and_not_shown(
    client: Person, nobody: Person
) -> None:
    shown = set()
    for content_type in EXTENSIONS:
        content = f"<script>alert('{content_type}')</script>".encode()
        media = media_of(content, content_type, "bytes")
        uri = f"data:{content_type};base64,{b64encode(content).decode()}"
        await client.ingests(trace("t", input=uri))
        found = await client.reads(f"/api/public/media/{media.media_id}")
        answer = await nobody.get(found["url"])
        assert answer.content == content
        assert answer.headers["content-security-policy"].endswith("sandbox")
        assert answer.headers["content-type"].partition(";")[0] == content_type
        if answer.headers["content-disposition"].startswith("inline;"):
            shown.add(content_type)

    assert {name.partition("/")[0] for name in shown} == {"image", "audio", "video"}
    assert "image/svg+xml" not in shown


RANGES = [
    ("bytes=0-0", 206, 0, 1),
    ("bytes=10-19", 206, 10, 20),
    (f"bytes=10-{SIZE * 9}", 206, 10, SIZE),
    ("bytes=60-", 206, 60, SIZE),
    ("bytes=-5", 206, SIZE - 5, SIZE),
    (f"bytes=-{SIZE * 9}", 206, 0, SIZE),
    ("bytes=5-4", 200, 0, SIZE),
    ("bytes=-", 200, 0, SIZE),
    ("bytes=0-1,3-4", 200, 0, SIZE),
    ("lines=0-1", 200, 0, SIZE),
    (f"bytes={SIZE}-", 416, 0, 0),
    ("bytes=-0", 416, 0, 0),
    ("bytes=99999999-99999999", 416, 0, 0),
]


async def test_ranges(client: Person, nobody: Person) -> None:
    url = await address(client)
    for wanted, status, start, end in RANGES:
        answer = await nobody.get(url, headers={"range": wanted})
        ranges = {206: f"bytes {start}-{end - 1}/{SIZE}", 416: f"bytes */{SIZE}"}
        assert (answer.status_code, answer.content) == (status, PNG[start:end])
        assert answer.headers.get("content-range") == ranges.get(status)


async def test_a_copy_that_is_still_good_is_not_sent_again(client: Person, nobody: Person) -> None:
    url, etag = await address(client), f'"{MEDIA_ID}"'
    same = await nobody.get(url, headers={"if-none-match": etag})
    part = await nobody.get(url, headers={"range": "bytes=0-1", "if-range": etag})
    other = await nobody.get(url, headers={"range": "bytes=0-1", "if-range": '"x"'})

    assert (same.status_code, same.content) == (304, b"")
    assert (part.status_code, other.status_code) == (206, 200)


CHANGES = [
    ("project=project-a", "project=project-c"),
    ("type=image%2Fpng", "type=text%2Fhtml"),
    ("expires=", "expires=9"),
    ("signature=", "signature=0"),
    ("signature=", "other="),
    ("expires=", "expires=x"),
    ("expires=", "other="),
    ("type=image%2Fpng", "type=nothing"),
    (MEDIA_ID, "m" * 22),
    (MEDIA_ID, "short"),
    ("signature=", "signature=é"),
]


async def test_a_changed_address_opens_nothing(client: Person, nobody: Person) -> None:
    url = await address(client)
    for old, new in CHANGES:
        assert url != url.replace(old, new)
        assert (await nobody.get(url.replace(old, new))).status_code == 403


async def test_an_address_expires(client: Person, nobody: Person) -> None:
    url = await address(client)
    found = await client.reads(CONTENT)
    with time_machine.travel(found["urlExpiry"], tick=False):
        late = await nobody.get(url)

    assert (await nobody.get(url)).status_code == 200
    assert late.status_code == 403


async def test_missing_bytes_are_not_found(
    client: Person, nobody: Person, services: Services
) -> None:
    url = await address(client)
    services.media.local.delete(f"project-a/{MEDIA_ID}.png")

    assert (await nobody.get(url)).status_code == 404


async def test_a_large_item_comes_in_pieces(client: Person, nobody: Person) -> None:
    content = bytes(range(256)) * 3_000
    media = media_of(content, "video/mp4", "bytes")
    await client.ingests(
        trace("t", input={"v": f"data:video/mp4;base64,{b64encode(content).decode()}"})
    )
    url = (await client.reads(f"/api/public/media/{media.media_id}"))["url"]
    whole = await nobody.get(url)
    middle = await nobody.get(url, headers={"range": "bytes=262100-524400"})

    assert whole.content == content
    assert middle.content == content[262100:524401]


class TestBelowABasePath:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, base_path="/understudy", media_downloads_max=1)

    async def test_the_address_has_it_too(self, client: Person, nobody: Person) -> None:
        url = await address(client)

        assert url.startswith(f"http://testserver/understudy{CONTENT}/content?")
        assert (await nobody.get(url)).content == PNG

    async def test_only_so_many_are_read_at_once(
        self, client: Person, nobody: Person, services: Services
    ) -> None:
        url = await address(client)
        services.media.downloads = 1
        busy = await nobody.get(url)
        services.media.downloads = 0

        assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
        assert (await nobody.get(url)).status_code == 200
        assert services.media.downloads == 0
