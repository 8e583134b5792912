"""PostgreSQL is away: media are taken and can be resolved; it is told when it is back."""

import json
import time
import urllib.request
from base64 import b64encode
from typing import Any

from collector.records.media import media_of
from tests.servers.fixtures import StartService
from tests.servers.postgres import Postgres
from tests.servers.service import PROJECT_ID, Service

MEDIA = media_of(b"bytes of an image", "image/png", "base64_data_uri")
NOON = "2026-11-20T14:00:00.000Z"


def asked(service: Service, path: str, body: dict[str, Any] | None = None) -> Any:
    headers = {"Authorization": service.authorization, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(service.base_url + path, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def ingest(service: Service) -> None:
    uri = f"data:image/png;base64,{b64encode(MEDIA.content).decode()}"
    trace = {"id": "t", "timestamp": NOON, "input": uri}
    event = {"id": "e", "type": "trace-create", "timestamp": NOON, "body": trace}
    assert asked(service, "/api/public/ingestion", {"batch": [event]})["errors"] == []


def content(service: Service) -> bytes:
    url = asked(service, f"/api/public/media/{MEDIA.media_id}")["url"]
    with urllib.request.urlopen(url, timeout=10) as answer:
        data: bytes = answer.read()
        return data


def test_media_taken_while_postgresql_is_away_are_told_later(
    own_postgres: Postgres, start_service: StartService
) -> None:
    service = start_service(
        DATABASE_URL=own_postgres.url,
        UNDERSTUDY_REGISTRY_TIMEOUT_SECONDS="1",
        UNDERSTUDY_MEDIA_RETRY_SECONDS_MAX="0.5",
    )
    own_postgres.stop()
    ingest(service)
    away = content(service)
    service.kill()
    service.start()
    restarted = content(service)
    own_postgres.start()
    rows: list[Any] = []
    deadline = time.monotonic() + 60
    while not rows and time.monotonic() < deadline:
        time.sleep(0.2)
        rows = own_postgres.execute(
            "select l.trace_id, l.field, m.content_bytes, m.upload_http_status "
            "from understudy.media m join understudy.media_links l using (project_id, media_id) "
            f"where project_id = '{PROJECT_ID}'"
        )

    assert away == restarted == content(service) == MEDIA.content
    assert [tuple(row) for row in rows] == [("t", "input", len(MEDIA.content), 200)]
