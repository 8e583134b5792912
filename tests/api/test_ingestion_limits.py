"""More events than a request may carry."""

from dataclasses import replace

import pytest

from collector.metrics import LIMIT_HITS
from collector.settings import Settings
from tests.api.events import score, trace
from tests.api.people import Person


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, batch_events_max=2)


def hits() -> float:
    counted: float = LIMIT_HITS.labels("batch_events_max")._value.get()
    return counted


async def test_a_batch_past_the_limit_is_refused_and_counted(client: Person) -> None:
    before = hits()
    batch = [trace("t1"), trace("t2"), trace("t3")]
    answer = await client.post("/api/public/ingestion", json={"batch": batch})

    assert answer.status_code == 413
    assert answer.json() == {
        "message": "3 events in one batch, at most 2: send smaller ones",
        "error": "PayloadTooLargeError",
    }
    assert hits() == before + 1


async def test_an_array_of_scores_past_the_limit_is_refused_and_counted(client: Person) -> None:
    before = hits()
    array = [score(str(number), traceId="t")["body"] for number in range(3)]
    answer = await client.post("/api/public/scores", json=array)

    assert answer.status_code == 413
    assert hits() == before + 1
