"""Each recorded client, replayed into an empty service, leaves the records that it meant."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import cache

import pytest

from tests.contract import expected_records, recorded
from tests.contract.expected_records import Record
from tests.contract.recorded import Recorded
from tests.contract.turns import asking
from tests.servers.service import Service

pytestmark = pytest.mark.timeout(300)

KEYS = ("pk-lf-0000-homelab", "sk-lf-0000-secret")
# Without the recordings there are still the repository's own samples.
REPLAYABLE = [name for name in recorded.clients() if recorded.requests_of(name)]
_WRITES = {"/api/public/ingestion", "/api/public/otel/v1/traces", "/api/public/scores"}
_TRIES_AGAIN_MAX = 5
Replayed = Callable[..., dict[str, dict[str, Record]]]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """The records of a client by kind and id, read from a service of its own."""

    def replay(client: str, requests_max: int | None = None) -> dict[str, dict[str, Record]]:
        environ = {
            "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": KEYS[0],
            "LANGFUSE_INIT_PROJECT_SECRET_KEY": KEYS[1],
            "BASE_PATH": recorded.BASE_PATH,
        }
        service = Service(tmp_path_factory.mktemp("replay") / "data", environ)
        service.public_key, service.secret_key = KEYS
        service.start()
        try:
            for request in recorded.requests_of(client)[:requests_max]:
                if request.method != "DELETE":  # what a client takes away again was there before
                    deliver(service.port, request)
            with asking(service) as http:
                return {
                    kind: expected_records.read_records(http, kind)
                    for kind in ("traces", "observations", "scores")
                }
        finally:
            service.close()

    return cache(replay)


def deliver(port: int, request: Recorded) -> None:
    """As its client would: again where the service is busy. What is written must be taken."""
    status, body = recorded.send(port, request)
    for _ in range(_TRIES_AGAIN_MAX):
        if status != 503:
            break
        time.sleep(1)
        status, body = recorded.send(port, request)
    writes = request.method == "POST" and request.route in _WRITES and request.is_accepted
    assert not writes or status < 300, f"{request.name}: {status} {body[:300]!r}"


@pytest.mark.parametrize("kind", ["traces", "observations", "scores"])
@pytest.mark.parametrize("client", REPLAYABLE)
def test_a_replayed_client_leaves_the_records_it_meant(
    replayed: Replayed, client: str, kind: str
) -> None:
    expected = expected_records.expected_of(client)

    assert list(expected_records.differences(kind, expected, replayed(client)[kind])) == []


@pytest.mark.parametrize("client", REPLAYABLE)
def test_a_trace_spans_the_observations_it_has(replayed: Replayed, client: str) -> None:
    records = expected_records.expected_of(client).records
    traces = replayed(client)["traces"]

    for trace_id in records["traces"]:
        own = {
            id_: record
            for id_, record in records["observations"].items()
            if record["traceId"] == trace_id
        }
        assert set(traces[trace_id]["observations"]) == own.keys()
        assert traces[trace_id]["latency"] == pytest.approx(seconds_of(list(own.values())))


def seconds_of(observations: list[Record]) -> float:
    """From the first moment that any of them tells to the last."""
    told = [row[key] for row in observations for key in ("startTime", "endTime") if key in row]
    moments = [datetime.fromisoformat(time) for time in told]
    return (max(moments) - min(moments)).total_seconds() if moments else 0


def test_every_recorded_client_has_its_records_written_down() -> None:
    assert set(REPLAYABLE) <= set(expected_records.recorded_clients())


@pytest.mark.parametrize("client", expected_records.recorded_clients())
def test_a_written_tree_hangs_together(client: str) -> None:
    """A slip of the pen must not look like a fault of the service."""
    records = expected_records.expected_of(client).records
    observations = records["observations"]

    for record in observations.values():
        parent = observations.get(record.get("parentObservationId", ""))
        assert parent is None or parent["traceId"] == record["traceId"]
    for score in records["scores"].values():
        observation = observations.get(score.get("observationId", ""))
        assert observation is None or observation["traceId"] == score["traceId"]


@pytest.mark.parametrize(
    "client", [name for name in REPLAYABLE if expected_records.expected_of(name).early]
)
def test_a_trace_shows_whose_it_is_before_all_of_it_arrived(
    replayed: Replayed, client: str
) -> None:
    """Open WebUI's filter ends the roots of its chats no sooner than its pipelines stop."""
    early = expected_records.expected_of(client).early
    traces = replayed(client, early["requests"])["traces"]

    assert {
        id_: {"userId": row["userId"], "sessionId": row["sessionId"]} for id_, row in traces.items()
    } == early["traces"]
