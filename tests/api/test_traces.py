"""Traces, written through the ingestion and read back."""

import pytest

from tests.api.events import NOON, event, generation, score, trace
from tests.api.people import Person


@pytest.fixture
async def chat(client: Person) -> None:
    """One trace with two observations and two scores."""
    await client.ingests(
        trace(
            "t1",
            name="chat",
            userId="u1",
            sessionId="s1",
            tags=["b", "a"],
            release="r",
            version="v",
            input={"q": "hi"},
            output="plain",
            metadata={"tier": "gold", "n": "5"},
            environment="prod",
        ),
        generation(
            "o1", "t1", endTime="2026-11-20T12:00:02.500Z", environment="prod", input=[1], model="m"
        ),
        event("span-create", id="o2", traceId="t1", startTime="2026-11-20T12:00:01Z", name="step"),
        score("s-trace", traceId="t1", environment="prod"),
        score("s-obs", traceId="t1", observationId="o1", value="good", dataType="CATEGORICAL"),
    )


async def test_a_trace_comes_back_whole(client: Person, chat: None) -> None:
    found = await client.reads("/api/public/traces/t1")
    own = {
        "id": "t1",
        "projectId": "project-a",
        "name": "chat",
        "timestamp": NOON,
        "environment": "prod",
        "tags": ["a", "b"],
        "bookmarked": False,
        "public": False,
        "release": "r",
        "version": "v",
        "userId": "u1",
        "sessionId": "s1",
        "input": {"q": "hi"},
        "output": "plain",
        "metadata": {"tier": "gold", "n": 5},
        "externalId": None,
        "htmlPath": "/project/project-a/traces/t1",
        "latency": 2.5,
        "totalCost": 0,
    }
    assert {key: found[key] for key in own} == own
    assert {item["id"] for item in found["observations"]} == {"o1", "o2"}
    assert {item["id"]: item["stringValue"] for item in found["scores"]} == {
        "s-trace": None,
        "s-obs": "good",
    }
    assert set(found) - set(own) == {"observations", "scores", "createdAt", "updatedAt"}


async def test_a_list_item_names_observations_and_scores(client: Person, chat: None) -> None:
    found = await client.reads("/api/public/traces")
    [item] = found["data"]
    assert set(item["observations"]) == {"o1", "o2"}
    assert set(item["scores"]) == {"s-trace", "s-obs"}
    assert (item["latency"], item["totalCost"], item["input"]) == (2.5, 0, {"q": "hi"})
    assert found["meta"] == {"page": 1, "limit": 50, "totalItems": 1, "totalPages": 1}


async def test_groups_left_out_are_placeholders(client: Person, chat: None) -> None:
    [item] = (await client.reads("/api/public/traces?fields=core"))["data"]
    full = await client.reads("/api/public/traces/t1?fields=core")
    for found in (item, full):
        assert (found["latency"], found["totalCost"]) == (-1, -1)
        assert (found["observations"], found["scores"]) == ([], [])
        assert (found["input"], found["metadata"]) == (None, {})


async def test_another_project_sees_nothing_of_it(charlie: Person, chat: None) -> None:
    assert (await charlie.reads("/api/public/traces"))["meta"]["totalItems"] == 0
    answer = await charlie.get("/api/public/traces/t1")
    assert answer.status_code == 404
    assert answer.json() == {
        "message": "Trace t1 not found within authorized project",
        "error": "LangfuseNotFoundError",
    }


async def test_the_same_id_may_live_in_two_projects(client: Person, charlie: Person) -> None:
    await client.ingests(trace("same", name="alice"))
    await charlie.ingests(trace("same", name="charlie"))
    assert (await client.reads("/api/public/traces/same"))["name"] == "alice"
    assert (await charlie.reads("/api/public/traces/same"))["name"] == "charlie"


async def test_a_colleague_with_another_key_sees_it(bob: Person, chat: None) -> None:
    assert (await bob.reads("/api/public/traces/t1"))["id"] == "t1"


async def test_observations_alone_make_no_trace(client: Person) -> None:
    await client.ingests(generation("lonely", "t-unknown"))
    assert (await client.get("/api/public/traces/t-unknown")).status_code == 404
    assert (await client.reads("/api/public/traces"))["data"] == []


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("userId=u1", ["t1"]),
        ("userId=", []),
        ("name=", ["t-bare"]),
        ("name=chat", ["t1"]),
        ("sessionId=s1", ["t1"]),
        ("version=v&release=r", ["t1"]),
        ("tags=a", ["t1"]),
        ("tags=a,b", ["t1"]),
        ("tags=a&tags=x", []),
        ("environment=prod,other", ["t1"]),
        ("environment=default", ["t-bare"]),
        ("fromTimestamp=2026-11-20T12:00:00.001Z", ["t-bare"]),
        ("toTimestamp=2026-11-20T13:00:00Z", ["t1"]),
        ("fromTimestamp=2026-11-20T12:00:00Z", ["t-bare", "t1"]),
        ("orderBy=timestamp.asc", ["t1", "t-bare"]),
        ("orderBy=name.DESC", ["t1", "t-bare"]),
        ("limit=1", ["t-bare"]),
        ("limit=1&page=2", ["t1"]),
        ("page=9", []),
        ("unknown=x", ["t-bare", "t1"]),
    ],
)
async def test_parameters_choose_and_order(
    client: Person, chat: None, query: str, ids: list[str]
) -> None:
    await client.ingests(trace("t-bare", timestamp="2026-11-20T13:00:00Z"))
    found = await client.reads(f"/api/public/traces?{query}&fields=core")
    assert [item["id"] for item in found["data"]] == ids


async def test_pages_count_all_that_match(client: Person) -> None:
    await client.ingests(*[trace(f"t{number}") for number in range(5)])
    found = await client.reads("/api/public/traces?limit=2&page=3")
    assert len(found["data"]) == 1
    assert found["meta"] == {"page": 3, "limit": 2, "totalItems": 5, "totalPages": 3}


async def test_an_unknown_order_column_is_refused(client: Person) -> None:
    answer = await client.get("/api/public/traces?orderBy=latency.asc")
    assert answer.status_code == 400
    assert answer.json() == {
        "message": "Invalid order by column: latency",
        "error": "InvalidRequestError",
    }


async def test_a_wrong_parameter_is_a_list_of_issues(client: Person) -> None:
    answer = await client.get("/api/public/traces?page=0")
    assert answer.status_code == 400
    assert answer.json()["message"] == "Invalid request data"
    assert answer.json()["error"][0]["path"] == ["page"]


@pytest.mark.parametrize(
    ("trace_id", "path"),
    [
        ("tr/sla sh?&", "tr%2Fsla%20sh%3F%26"),
        ("a//b/", "a%2F%2Fb%2F"),
        ("été-é", "%C3%A9t%C3%A9-%C3%A9"),
        ("line\nbreak", "line%0Abreak"),
        ("x" * 800, "x" * 800),
        ("100%", "100%25"),
    ],
)
async def test_any_id_can_be_asked_for(client: Person, trace_id: str, path: str) -> None:
    await client.ingests(trace(trace_id))
    found = await client.reads(f"/api/public/traces/{path}")
    assert found["id"] == trace_id
    assert found["htmlPath"] == f"/project/project-a/traces/{trace_id}"


async def test_get_with_a_body_is_a_get(client: Person, chat: None) -> None:
    answer = await client.asks("GET", "/api/public/traces/t1", json={})
    assert answer.status_code == 200
