"""Observations of version 1, written through the ingestion and read back."""

import pytest

from tests.api.events import event, generation, trace
from tests.api.people import Person

ONE = "/api/public/observations"


@pytest.fixture
async def chat(client: Person) -> None:
    """A generation with usage, a span and an event in one trace."""
    await client.ingests(
        trace("t1", userId="u1"),
        generation(
            "o1",
            "t1",
            name="llm",
            endTime="2026-11-20T12:00:02Z",
            completionStartTime="2026-11-20T12:00:00.500Z",
            model="my-model",
            modelParameters={"temperature": 0.5},
            usageDetails={"input": 3, "output": 4},
            costDetails={"input": 0.5, "output": 1.0},
            level="WARNING",
            version="v",
            output='{"n":12345678901234567890}',
        ),
        event(
            "span-create",
            id="o2",
            traceId="t1",
            parentObservationId="o1",
            startTime="2026-11-20T12:00:01Z",
            environment="prod",
        ),
        event(
            "event-create", id="o3", traceId="t-unknown", startTime="2026-11-20T12:00:03Z", name="e"
        ),
    )


async def test_a_generation_comes_back_whole(client: Person, chat: None) -> None:
    found = await client.reads(f"{ONE}/o1")
    expected = {
        "id": "o1",
        "traceId": "t1",
        "type": "GENERATION",
        "name": "llm",
        "model": "my-model",
        "modelParameters": {"temperature": 0.5},
        "usageDetails": {"input": 3, "output": 4, "total": 7},
        "usage": {"unit": "TOKENS", "input": 3, "output": 4, "total": 7},
        "calculatedInputCost": 0.5,
        "calculatedOutputCost": 1,
        "calculatedTotalCost": 1.5,
        "latency": 2,
        "timeToFirstToken": 0.5,
        "level": "WARNING",
        "input": None,
        "output": {"n": "12345678901234567890"},
        "metadata": {},
    }
    assert {key: found[key] for key in expected} == expected
    assert len(found) == 41


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["o3", "o2", "o1"]),
        ("traceId=t1", ["o2", "o1"]),
        ("type=GENERATION", ["o1"]),
        ("level=WARNING", ["o1"]),
        ("name=llm", ["o1"]),
        ("name=", ["o2"]),
        ("version=v", ["o1"]),
        ("userId=u1", ["o2", "o1"]),
        ("parentObservationId=o1", ["o2"]),
        ("environment=prod", ["o2"]),
        ("fromStartTime=2026-11-20T12:00:01Z", ["o3", "o2"]),
        ("toStartTime=2026-11-20T12:00:01Z", ["o1"]),
        ("limit=1&page=2", ["o2"]),
    ],
)
async def test_parameters_choose(client: Person, chat: None, query: str, ids: list[str]) -> None:
    found = await client.reads(f"{ONE}?{query}")
    assert [item["id"] for item in found["data"]] == ids


async def test_an_observation_is_shown_also_if_its_trace_is_unknown(
    client: Person, chat: None
) -> None:
    assert (await client.reads(f"{ONE}/o3"))["traceId"] == "t-unknown"


async def test_another_project_sees_nothing_of_them(charlie: Person, chat: None) -> None:
    assert (await charlie.reads(ONE))["data"] == []
    answer = await charlie.get(f"{ONE}/o1")
    assert answer.status_code == 404
    assert answer.json() == {
        "message": "Observation with id o1 not found",
        "error": "LangfuseNotFoundError",
    }


@pytest.mark.parametrize("query", ["type=span", "type=", "level=x"])
async def test_words_that_are_none_are_refused(client: Person, query: str) -> None:
    assert (await client.get(f"{ONE}?{query}")).status_code == 400
