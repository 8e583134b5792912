"""Reads see what was acknowledged before them, also under load, and cause no storm of flushes."""

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.budget.exports import export
from tests.budget.reading import get, metric
from tests.servers.service import Service

FLUSHES = "understudy_flush_duration_seconds_count"
READERS = 50
ROUNDS = 4
_PATIENCE_SECONDS = 60


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Flushes only when a read asks, or much waits."""
    made = Service(tmp_path / "data", {"UNDERSTUDY_FLUSH_INTERVAL_SECONDS": "3600"})
    made.start()
    yield made
    made.close()


class Client:
    """One connection kept alive."""

    def __init__(self, service: Service) -> None:
        self._headers = {"Authorization": service.authorization}
        self._connection = HTTPConnection("127.0.0.1", service.port, timeout=60)

    def write(self, trace_id: str) -> None:
        """A trace, acknowledged when this returns."""
        body = (
            '{"batch":[{"id":"e","type":"trace-create","timestamp":"2026-11-20T12:00:00Z",'
            f'"body":{{"id":"{trace_id}","name":"n"}}}}]}}'
        )
        headers = {**self._headers, "Content-Type": "application/json"}
        self._connection.request("POST", "/api/public/ingestion", body, headers)
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == 207

    def reads(self, path: str) -> int:
        """The status; 503 says "later", which is no lie, and is asked again when it says."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            self._connection.request("GET", path, headers=self._headers)
            answer = self._connection.getresponse()
            answer.read()
            if answer.status != 503 or time.monotonic() > deadline:
                return answer.status
            time.sleep(float(answer.headers["Retry-After"]))

    def export(self, body: bytes) -> None:
        headers = {**self._headers, "Content-Type": "application/x-protobuf"}
        self._connection.request("POST", "/api/public/otel/v1/traces", body, headers)
        answer = self._connection.getresponse()
        answer.read()

    def close(self) -> None:
        self._connection.close()


@contextmanager
def load(service: Service) -> Iterator[None]:
    """Exports of fifty spans, one after the other."""
    ended = threading.Event()
    bodies = [export(50, 3_200, seed=seed) for seed in range(20)]

    def send() -> None:
        client = Client(service)
        while not ended.wait(0.1):
            client.export(bodies[0])
            bodies.append(bodies.pop(0))
        client.close()

    thread = threading.Thread(target=send)
    thread.start()
    yield
    ended.set()
    thread.join()


def test_a_read_sees_what_was_acknowledged_before_it_under_load(service: Service) -> None:
    client = Client(service)
    with load(service):
        for _ in range(20):
            trace_id = f"t-{uuid.uuid4()}"
            client.write(trace_id)
            assert client.reads(f"/api/public/traces/{trace_id}") == 200
    client.close()


def test_fifty_readers_at_once_cause_no_storm_of_flushes(service: Service) -> None:
    """All have written when the first reads: one flush is enough for all of them."""
    all_written = threading.Barrier(READERS)
    before = metric(service, FLUSHES)

    def write_and_read(number: int) -> int:
        client, seen = Client(service), 0
        for place in range(ROUNDS):
            client.write(f"t-{number}-{place}")
            all_written.wait()
            seen += client.reads(f"/api/public/traces/t-{number}-{place}") == 200
            all_written.wait()
        client.close()
        return seen

    with ThreadPoolExecutor(READERS) as pool:
        seen = sum(pool.map(write_and_read, range(READERS)))
    flushes = metric(service, FLUSHES) - before

    assert seen == READERS * ROUNDS
    assert ROUNDS <= flushes <= 2 * ROUNDS


def test_reads_alone_flush_nothing(service: Service) -> None:
    client = Client(service)
    client.write("once")
    client.close()
    get(service, "/api/public/traces/once")
    before = metric(service, FLUSHES)
    for _ in range(20):
        get(service, "/api/public/traces?limit=1")

    assert metric(service, FLUSHES) == before
