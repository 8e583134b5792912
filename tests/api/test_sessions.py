"""`/api/public/sessions`: the list and one session with its traces."""

import dataclasses

import pytest

from collector.services import Services
from tests.api.events import generation, trace
from tests.api.people import Person

SESSIONS = "/api/public/sessions"


async def test_a_session_is_answered_with_its_traces(client: Person) -> None:
    await client.ingests(
        trace("t1", sessionId="s/1", environment="prod", input={"q": 1}, metadata={"a": 1}),
        trace("t2", sessionId="s/1", name="two", tags=["x"]),
        trace("t3", sessionId="other"),
        generation("g1", "t1"),
    )
    found = await client.reads(f"{SESSIONS}/s%2F1")
    traces = {row["id"]: row for row in found.pop("traces")}

    assert found == {
        "id": "s/1",
        "createdAt": found["createdAt"],
        "projectId": "project-a",
        "environment": "prod",
    }
    assert traces.keys() == {"t1", "t2"}
    assert (traces["t1"]["name"], traces["t1"]["input"]) == ("", {"q": 1})
    assert traces["t2"]["tags"] == ["x"]
    assert traces["t1"].keys() == {
        *("id", "projectId", "name", "timestamp", "environment", "tags", "bookmarked", "release"),
        *("version", "userId", "sessionId", "public", "input", "output", "metadata", "createdAt"),
        *("updatedAt", "externalId"),
    }


async def test_the_list_is_paged_and_filtered(client: Person) -> None:
    for number in range(3):
        environment = "prod" if number else "dev"
        await client.ingests(trace(f"t{number}", sessionId=f"s{number}", environment=environment))
    everything = await client.reads(SESSIONS)
    first = await client.reads(f"{SESSIONS}?limit=2")
    second = await client.reads(f"{SESSIONS}?limit=2&page=2")
    prod = await client.reads(f"{SESSIONS}?environment=prod&environment=staging")
    future = await client.reads(f"{SESSIONS}?fromTimestamp=2099-01-01T00:00:00Z")
    past = await client.reads(f"{SESSIONS}?toTimestamp=2099-01-01T00:00:00Z")

    assert [row["id"] for row in first["data"] + second["data"]] == [
        row["id"] for row in everything["data"]
    ]
    assert first["meta"] == {"page": 1, "limit": 2, "totalItems": 3, "totalPages": 2}
    assert {row["id"] for row in prod["data"]} == {"s1", "s2"}
    assert (future["data"], past["meta"]["totalItems"]) == ([], 3)


@pytest.mark.parametrize("query", ["page=0", "limit=101", "fromTimestamp=yesterday"])
async def test_a_wrong_parameter_is_refused(client: Person, query: str) -> None:
    assert (await client.get(f"{SESSIONS}?{query}")).status_code == 400


async def test_another_project_has_no_such_session(client: Person, charlie: Person) -> None:
    await client.ingests(trace("t1", sessionId="s1"))
    answer = await charlie.get(f"{SESSIONS}/s1")

    assert (answer.status_code, answer.json()) == (
        404,
        {
            "message": "Session not found within authorized project",
            "error": "LangfuseNotFoundError",
        },
    )
    assert (await charlie.reads(SESSIONS))["data"] == []


async def test_a_session_of_many_traces_is_answered_up_to_the_limit(
    client: Person, services: Services
) -> None:
    await client.ingests(*(trace(f"t{number}", sessionId="s1") for number in range(60)))
    found = await client.reads(f"{SESSIONS}/s1")
    services.settings = dataclasses.replace(services.settings, session_traces_max=59)
    answer = await client.get(f"{SESSIONS}/s1")

    assert len({row["id"] for row in found["traces"]}) == 60
    assert answer.status_code == 422
    assert "sessionId=" in answer.json()["message"]
