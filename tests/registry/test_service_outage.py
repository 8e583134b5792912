"""PostgreSQL goes away under the running service, and stays away over a restart."""

import json
import urllib.error
import urllib.request
import uuid
from typing import Any

import pytest

from tests.servers.fixtures import StartService
from tests.servers.postgres import Postgres
from tests.servers.service import Service


@pytest.fixture
def service(own_postgres: Postgres, start_service: StartService) -> Service:
    return start_service(DATABASE_URL=own_postgres.url, UNDERSTUDY_REGISTRY_TIMEOUT_SECONDS="1")


def asked(service: Service, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    headers = {"Authorization": service.authorization, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(service.base_url + path, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Retry-After")


def ingest(service: Service, trace_id: str) -> int:
    event = {
        "id": str(uuid.uuid4()),
        "type": "trace-create",
        "timestamp": "2026-11-20T14:00:00.000Z",
        "body": {"id": trace_id, "name": "chat-completion"},
    }
    status, body = asked(service, "/api/public/ingestion", {"batch": [event]})
    assert body["errors"] == []
    return status


def trace_ids(service: Service) -> set[str]:
    _, body = asked(service, "/api/public/traces")
    return {trace["id"] for trace in body["data"]}


def test_ingestion_and_reads_go_on_and_everything_is_there_afterwards(
    own_postgres: Postgres, service: Service
) -> None:
    statuses = [ingest(service, "before")]
    own_postgres.stop("immediate")
    statuses.append(ingest(service, "during"))
    service.kill()
    service.start()
    statuses.append(ingest(service, "after a restart"))
    meanwhile = trace_ids(service)
    own_postgres.start()
    statuses.append(ingest(service, "back again"))

    assert statuses == [207] * 4
    assert meanwhile == {"before", "during", "after a restart"}
    assert trace_ids(service) == {*meanwhile, "back again"}


def test_what_needs_postgresql_is_unavailable_and_comes_back(
    own_postgres: Postgres, service: Service
) -> None:
    database = "/api/public/health?failIfDatabaseUnavailable=true"
    own_postgres.stop()
    away = asked(service, database)[0]
    known = asked(service, "/api/public/projects")[0]
    service.secret_key = "sk-lf-unknown"
    unknown = asked(service, "/api/public/projects")
    own_postgres.start()
    back = asked(service, database)[0]
    refused = asked(service, "/api/public/projects")[0]

    assert (away, known, back, refused) == (503, 200, 200, 401)
    assert unknown == (503, "1")
