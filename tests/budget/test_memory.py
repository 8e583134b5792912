"""What the pod may hold: the whole process, at its peak, whatever comes in."""

import urllib.request
from concurrent.futures import ThreadPoolExecutor

from tests.budget.exports import MIB, export
from tests.budget.reading import get, metric
from tests.servers.fixtures import StartService
from tests.servers.service import Service

TRACES = "/api/public/otel/v1/traces"
PEAK_MIB = 224
IDLE_MIB = 128


def send(service: Service, body: bytes) -> int:
    headers = {"Authorization": service.authorization, "Content-Type": "application/x-protobuf"}
    request = urllib.request.Request(service.base_url + TRACES, body, headers)
    with urllib.request.urlopen(request, timeout=100) as answer:
        return int(answer.status)


def test_an_idle_service_is_small(start_service: StartService) -> None:
    service = start_service()

    assert service.rss_mib() <= IDLE_MIB


def test_an_export_of_many_spans_stays_within_the_budget(start_service: StartService) -> None:
    service = start_service()
    body = export(20_000, 3_200, seed=1)
    size = len(body)
    status = send(service, body)
    found = get(service, "/api/public/observations?limit=1")

    assert 62 * MIB < size < 64 * MIB
    assert status == 200
    assert found["meta"]["totalItems"] == 20_000
    assert metric(service, "understudy_flush_failures_total") == 0
    assert service.rss_peak_mib() <= PEAK_MIB


def test_an_export_of_large_spans_stays_within_the_budget(
    start_service: StartService,
) -> None:
    service = start_service()
    body = export(64, MIB - 1024, seed=2)
    size = len(body)
    status = send(service, body)
    found = get(service, "/api/public/traces?limit=10&fields=core")

    assert 62 * MIB < size < 64 * MIB
    assert status == 200
    assert found["meta"]["totalItems"] == 8
    assert metric(service, "understudy_flush_failures_total") == 0
    assert service.rss_peak_mib() <= PEAK_MIB


def test_large_exports_at_once_stay_within_the_budget(start_service: StartService) -> None:
    """What lies on the disk is not held; only so much is decoded at one time."""
    service = start_service()
    bodies = [export(5_000, 3_200, seed=seed) for seed in (3, 4, 5)]
    with ThreadPoolExecutor(len(bodies)) as pool:
        statuses = list(pool.map(lambda body: send(service, body), bodies))
    found = get(service, "/api/public/observations?limit=1")

    assert statuses == [200] * len(bodies)
    assert found["meta"]["totalItems"] == 15_000
    assert service.rss_peak_mib() <= PEAK_MIB
