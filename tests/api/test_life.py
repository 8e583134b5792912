"""Opening and closing: events first, reads when the files are there."""

import asyncio

import httpx
import pytest

from collector import app as wiring
from collector.settings import Settings
from tests.api.events import trace
from tests.api.people import Person

ALICE = "Basic cGstbGYtYWxpY2U6c2stbGYtYWxpY2U="


def person(app: httpx.ASGITransport) -> Person:
    client = httpx.AsyncClient(transport=app, base_url="http://testserver")
    return Person(client, ALICE)


async def test_what_was_taken_is_there_after_a_restart(settings: Settings) -> None:
    for start in range(2):
        app = wiring.build(settings)
        async with app.router.lifespan_context(app):
            alice = person(httpx.ASGITransport(app))
            if start == 0:
                await alice.ingests(trace("kept", name="kept"))
            while not app.state.services.store.is_ready:
                await asyncio.sleep(0.01)
            assert (await alice.reads("/api/public/traces/kept"))["name"] == "kept"


async def test_a_store_that_cannot_be_opened_still_takes_events(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    folder = settings.data_dir / "traces"
    folder.mkdir(parents=True)
    (folder / "manifest.sqlite").write_bytes(b"this is no database" * 1000)
    app = wiring.build(settings)
    async with app.router.lifespan_context(app):
        alice = person(httpx.ASGITransport(app, raise_app_exceptions=False))
        await alice.ingests(trace("journalled"))
        while app.state.services.fault is None:
            await asyncio.sleep(0.01)
        answer = await alice.get("/api/public/traces")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "cannot be opened" in answer.json()["message"]
    assert "cannot be opened" in caplog.text
