"""Probes and metrics."""

import dataclasses
from datetime import UTC, datetime

import pytest

from collector.services import Services
from collector.telemetry.hotfile import describe
from tests.api.events import generation
from tests.api.people import Person

OK = {"status": "OK", "version": "4.16.0"}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_health_and_ready_take_any_method(nobody: Person, method: str) -> None:
    for path in ("/api/public/health", "/api/public/ready"):
        answer = await nobody.asks(method, path)
        assert (answer.status_code, answer.json()) == (200, OK)


async def test_health_can_ask_the_database(nobody: Person) -> None:
    answer = await nobody.get("/api/public/health?failIfDatabaseUnavailable=true")
    assert (answer.status_code, answer.json()) == (200, OK)


async def test_health_can_ask_for_recent_events(client: Person) -> None:
    path = "/api/public/health?failIfNoRecentEvents=true"
    answer = await client.get(path)
    assert answer.status_code == 503
    assert answer.json()["status"] == "No observations within the last 3 minutes"
    await client.ingests(generation("o-now", "t-now", startTime=_now()))
    await client.reads("/api/public/traces")
    assert (await client.get(path)).status_code == 200


def _now() -> str:
    return datetime.now(UTC).isoformat()


async def test_nothing_is_ready_while_shutting_down(services: Services, nobody: Person) -> None:
    assert (await nobody.get("/readyz")).status_code == 200
    services.closing = True
    assert (await nobody.get("/readyz")).status_code == 503
    assert (await nobody.get("/api/public/ready")).status_code == 500
    assert (await nobody.get("/healthz")).status_code == 200


async def test_a_damaged_file_is_named_where_it_matters(
    services: Services, client: Person, nobody: Person
) -> None:
    assert (await nobody.get("/readyz")).json() == {"status": "OK", "problems": []}
    await client.ingests(generation("o-1", "t-1"))
    services.store.catalog.publish(
        add=[dataclasses.replace(describe(999, "hot-00000999.duckdb"), role="damaged")]
    )
    answer = await client.get("/api/public/traces")
    assert answer.headers["x-understudy-missing"] == "hot-00000999.duckdb"
    problems = (await nobody.get("/readyz")).json()["problems"]
    assert problems[0].startswith("hot-00000999.duckdb is damaged")


async def test_metrics_are_for_the_allowed_networks(nobody: Person) -> None:
    answer = await nobody.get("/metrics")
    assert answer.status_code == 200
    assert "understudy_http_request_duration_seconds" in answer.text


async def test_metrics_are_for_the_token_elsewhere(services: Services, nobody: Person) -> None:
    services.settings = dataclasses.replace(
        services.settings, metrics_token="t0k", metrics_allowed_networks=()
    )
    assert (await nobody.get("/metrics")).status_code == 403
    wrong = await nobody.get("/metrics", headers={"authorization": "Bearer wrong"})
    assert wrong.status_code == 401
    right = await nobody.get("/metrics", headers={"authorization": "Bearer t0k"})
    assert right.status_code == 200
