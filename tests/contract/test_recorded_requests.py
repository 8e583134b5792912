"""Every recorded request is answered as its client needs it, and nothing in it is lost."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.contract import recorded
from tests.contract.recorded import Recorded
from tests.contract.turns import get
from tests.servers.service import Service

pytestmark = pytest.mark.timeout(300)

KEYS = ("pk-lf-0000-homelab", "sk-lf-0000-secret")
_LISTS = {
    "traces": "/api/public/traces?fields=core",
    "observations": "/api/public/observations",
    "scores": "/api/public/v2/scores?fields=score",
}


@dataclass
class Replay:
    """Answers by client, and the ids of the records that were sent and that are there."""

    answers: dict[str, list[tuple[Recorded, set[int], int, bytes]]] = field(default_factory=dict)
    sent: dict[str, set[str]] = field(default_factory=dict)
    there: dict[str, set[str]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Empty, with the keys of the recordings, below the path that some of them ask for."""
    environ = {
        "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": KEYS[0],
        "LANGFUSE_INIT_PROJECT_SECRET_KEY": KEYS[1],
        "BASE_PATH": recorded.BASE_PATH,
    }
    service = Service(tmp_path_factory.mktemp("replay") / "data", environ)
    service.public_key, service.secret_key = KEYS
    service.start()
    yield service
    service.close()


@pytest.fixture(scope="module")
def replay(service: Service) -> Replay:
    """All requests, each client's in its order; what deletes comes after the counting."""
    everything = {client: recorded.requests_of(client) for client in recorded.clients()}
    done = Replay({client: [] for client in everything}, {kind: set() for kind in _LISTS})
    known: set[str] = set()
    for client, request in _in_order(everything, deleting=False):
        _send(service, done, client, request, known)
    with httpx.Client(base_url=service.base_url, auth=KEYS, timeout=30) as http:
        for kind in _LISTS:
            done.there[kind], done.totals[kind] = _listed(http, kind)
    for client, request in _in_order(everything, deleting=True):
        _send(service, done, client, request, known)
    return done


def _in_order(
    everything: dict[str, list[Recorded]], *, deleting: bool
) -> Iterator[tuple[str, Recorded]]:
    for client, requests in everything.items():
        for request in requests:
            if (request.method == "DELETE") is deleting:
                yield client, request


def _send(service: Service, done: Replay, client: str, request: Recorded, known: set[str]) -> None:
    needed = recorded.needed_statuses(request, known)
    status, body = recorded.send(service.port, request)
    done.answers[client].append((request, needed, status, body))
    if status < 300:
        for kind, id_ in recorded.written(request, body):
            done.sent[kind].add(id_)
            known.add(id_)


def _listed(http: httpx.Client, kind: str) -> tuple[set[str], int]:
    """The ids on all pages, and the total that the list reports."""
    ids: set[str] = set()
    pages, number = 1, 0
    while number < pages:
        number += 1
        query = f"{_LISTS[kind]}{'&' if '?' in _LISTS[kind] else '?'}limit=100&page={number}"
        page = get(http, query)
        ids |= {row["id"] for row in page["data"]}
        pages = page["meta"]["totalPages"]
    return ids, page["meta"]["totalItems"]


def is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("client", recorded.clients())
def test_every_request_gets_the_status_its_client_needs(
    replay: Replay, service: Service, client: str
) -> None:
    differing = [
        f"{request.name}: {request.method} {request.path[:90]}: {status}, needs {needed}: {body!r}"
        for request, needed, status, body in replay.answers[client]
        if status not in needed
    ]

    assert differing == []


@pytest.mark.parametrize("client", recorded.clients())
def test_every_answer_is_json_and_never_a_failure_of_the_server(
    replay: Replay, service: Service, client: str
) -> None:
    wrong = [
        (request.name, status, body[:200])
        for request, _, status, body in replay.answers[client]
        if status >= 500 or (status != 204 and not is_json(body))
    ]

    assert wrong == []


@pytest.mark.parametrize("client", recorded.clients())
def test_no_event_of_a_recorded_batch_is_refused(
    replay: Replay, service: Service, client: str
) -> None:
    refused = [
        (request.name, error)
        for request, _, status, body in replay.answers[client]
        if status == 207
        for error in json.loads(body)["errors"]
    ]

    assert refused == []


@pytest.mark.parametrize("kind", _LISTS)
def test_every_record_that_was_sent_is_there_once(
    replay: Replay, service: Service, kind: str
) -> None:
    sent, there = replay.sent[kind], replay.there[kind]

    assert (sent - there, there - sent) == (set(), set())
    assert replay.totals[kind] == len(sent)


def test_the_samples_write_records_of_every_kind() -> None:
    kinds = {
        kind
        for request in recorded.requests_of("samples")
        for kind, _ in recorded.written(request, b"{}")
    }

    assert kinds == _LISTS.keys()
    assert Path(recorded.SAMPLES).is_dir()
