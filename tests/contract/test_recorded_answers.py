"""What this server has is answered exactly as a real Langfuse answered it."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from tests.contract import golden
from tests.contract.golden import Call, Comparison
from tests.servers.service import Service

pytestmark = pytest.mark.timeout(300)

KEYS = ("pk-lf-local", "sk-lf-local")
PROJECT = {
    "LANGFUSE_INIT_ORG_ID": "org-local",
    "LANGFUSE_INIT_ORG_NAME": "Local",
    "LANGFUSE_INIT_PROJECT_ID": "proj-local",
    "LANGFUSE_INIT_PROJECT_NAME": "local",
    "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": KEYS[0],
    "LANGFUSE_INIT_PROJECT_SECRET_KEY": KEYS[1],
}
# Calls of the objects, metrics and second read generations are judged when those are built.
_HERE: Final = re.compile(
    r"/api/public/(health|ready|projects|organizations/projects|ingestion|otel/v1/\w+"
    r"|(v2/)?prompts(/.+)?"
    r"|(traces|observations|models|scores|v2/scores|score-configs|sessions)(/[^/?]+)?"
    r"|(v2/)?datasets(/.+)?|dataset-(run-)?items(/[^/?]+)?|spans|generations|events"
    r"|does-not-exist|v9/.*)(\?.*)?"
)
_LATER: Final = {
    r"(52[0-5]|890|890b|890c)-delete.*": "deletion",
    r"316-.*|70[67][a-z]*-.*filter.*|721(k2|m)-.*filter.*": "the filter parameter",
    r"615[kl]-dataset-item-.*": "media",
}
_CALLS_MIN: Final = 200


def is_judged(call: Call) -> bool:
    """Whether the call asks for something that is built."""
    later = any(re.fullmatch(pattern, call.name) for pattern in _LATER)
    return _HERE.fullmatch(call.path) is not None and not later


def differing(service: Service, calls: list[Call]) -> tuple[dict[str, list[str]], set[str]]:
    """Sends all calls; the differences of those that are judged, and the names of the judged."""
    comparison = Comparison()
    found: dict[str, list[str]] = {}
    judged = set()
    for call in calls:
        status, body = comparison.send(service.port, call)
        differences = comparison.of(call, status, body)
        assert status < 500, f"{call.name}: {status} {body[:300]!r}"
        if is_judged(call):
            judged.add(call.name)
            if differences:
                found[call.name] = differences
    return found, judged


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Empty, with the project and the keys of the recorded server."""
    service = Service(tmp_path_factory.mktemp("golden") / "data", PROJECT)
    service.public_key, service.secret_key = KEYS
    service.start()
    yield service
    service.close()


def test_recorded_calls_are_answered_as_recorded(service: Service) -> None:
    calls = golden.calls_in(golden.RECORDINGS)
    found, judged = differing(service, calls)

    assert found == {}
    assert len(judged) >= _CALLS_MIN or not calls


def test_our_own_samples_are_answered_as_written(service: Service) -> None:
    calls = golden.calls_in(golden.SAMPLES)
    found, judged = differing(service, calls)

    assert found == {}
    assert judged == {call.name for call in calls}
    assert judged
