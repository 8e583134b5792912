"""kill -9 around media: no reference without its bytes, nothing acknowledged lost."""

import http.client
import json
import random
import secrets
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from collector.objects.bucket import ensure_bucket
from collector.records.media import Media, media_of
from collector.settings import Bucket
from tests.crash.reading import everything, get
from tests.servers.seaweed import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Seaweed
from tests.servers.service import Service

KILLS = 4
NOON = "2026-11-20T12:00:00.000Z"
# The media of a request are on the disk, its changes are not in the journal yet.
_DYING = """
import os, signal
from collector.telemetry.store import Store
async def append(*_): os.kill(os.getpid(), signal.SIGKILL)
Store.append = append
from collector.__main__ import main
raise SystemExit(main())
"""


class DyingService(Service):
    """Killed at the first write of its life."""

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", _DYING, *arguments]


def image(number: int) -> Media:
    """Distinct bytes for each number."""
    return media_of(random.Random(number).randbytes(3_000), "image/png", "base64_data_uri")


def body(number: int) -> bytes:
    uri = f"data:image/png;base64,{b64encode(image(number).content).decode()}"
    trace = {"id": f"t{number}", "timestamp": NOON, "input": [{"url": uri}]}
    event = {"id": f"e{number}", "type": "trace-create", "timestamp": NOON, "body": trace}
    return json.dumps({"batch": [event]}).encode()


def post(service: Service, number: int) -> int:
    headers = {"Authorization": service.authorization, "Content-Type": "application/json"}
    url = service.base_url + "/api/public/ingestion"
    with urllib.request.urlopen(urllib.request.Request(url, body(number), headers)) as answer:
        return int(answer.status)


def bytes_of(service: Service, media: Media) -> bytes:
    """As an SDK resolves a reference."""
    url = get(service, f"/api/public/media/{media.media_id}")["url"]
    with urllib.request.urlopen(url, timeout=20) as answer:
        data: bytes = answer.read()
        return data


def numbers(service: Service) -> set[int]:
    """Of the traces that are there; each refers to bytes that are there too."""
    found = set()
    for trace_id, trace in everything(service, "traces").items():
        number = int(trace_id.removeprefix("t"))
        assert trace["input"] == [{"url": str(image(number).reference)}]
        assert bytes_of(service, image(number)) == image(number).content
        found.add(number)
    return found


def test_a_kill_between_media_and_journal_leaves_no_reference_and_loses_nothing(
    tmp_path: Path,
) -> None:
    dying = DyingService(tmp_path / "data")
    dying.start()
    with pytest.raises((urllib.error.URLError, http.client.HTTPException, ConnectionError)):
        post(dying, 1)
    dying.process.wait(10)
    written = list((tmp_path / "data" / "media").rglob(f"{image(1).media_id}.png"))
    service = Service(tmp_path / "data")
    service.start()
    before = numbers(service)
    status = post(service, 1)
    after = numbers(service)
    service.close()

    assert len(written) == 1
    assert (before, status, after) == (set(), 207, {1})


@pytest.fixture(params=["folder", "bucket"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """Not started yet."""
    environ = {"UNDERSTUDY_FLUSH_INTERVAL_SECONDS": "0.1"}
    if request.param == "bucket":
        seaweed: Seaweed = request.getfixturevalue("seaweed")
        environ |= _bucket(seaweed)
    made = Service(tmp_path / "data", environ)
    yield made
    made.close()


def _bucket(seaweed: Seaweed) -> dict[str, str]:
    name = f"media-{secrets.token_hex(4)}"
    ensure_bucket(
        Bucket(
            name=name,
            endpoint=seaweed.endpoint,
            access_key_id=ACCESS_KEY_ID,
            secret_access_key=SECRET_ACCESS_KEY,
        )
    )
    values = {
        "BUCKET": name,
        "ENDPOINT": seaweed.endpoint,
        "ACCESS_KEY_ID": ACCESS_KEY_ID,
        "SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
    }
    return {f"LANGFUSE_S3_MEDIA_UPLOAD_{key}": value for key, value in values.items()}


class Sender:
    """Sends one trace after the other, each until it is acknowledged, through all kills."""

    def __init__(self, service: Service) -> None:
        self.acknowledged: set[int] = set()
        self._service = service
        self._ended = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        number = 0
        while not self._ended.is_set():
            try:
                if post(self._service, number) == 207:
                    self.acknowledged.add(number)
                    number += 1
            except (OSError, http.client.HTTPException):
                self._ended.wait(0.05)

    def end(self) -> None:
        self._ended.set()
        self._thread.join(60)


@pytest.mark.timeout(240)
def test_media_survive_every_kill(service: Service) -> None:
    rng = random.Random()
    sender = Sender(service)
    for _ in range(KILLS):
        service.start(ready="")
        time.sleep(rng.uniform(1.5, 4))
        service.kill()
    sender.end()
    service.start()
    found = numbers(service)

    assert len(sender.acknowledged) > 2 * KILLS
    assert sender.acknowledged <= found
    assert "Traceback" not in service.log
