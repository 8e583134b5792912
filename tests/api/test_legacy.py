"""The routes that write one entity per request."""

from typing import Any

import pytest

from tests.api.events import NOON
from tests.api.people import Person

ROUTES = [
    *(("POST", name) for name in ("traces", "spans", "generations", "events", "scores")),
    *(("PATCH", name) for name in ("spans", "generations")),
]


async def writes(person: Person, method: str, resource: str, **body: Any) -> str:
    """The id the route answers with."""
    answer = await person.asks(method, f"/api/public/{resource}", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"id"}
    return str(answer.json()["id"])


async def test_a_posted_trace_is_readable(client: Person) -> None:
    assert await writes(client, "POST", "traces", id="t1", name="n", timestamp=NOON) == "t1"

    found = await client.reads("/api/public/traces/t1")
    assert (found["name"], found["timestamp"], found["public"]) == ("n", NOON, False)


async def test_a_posted_trace_without_an_id_is_readable_by_the_one_it_is_given(
    client: Person,
) -> None:
    trace_id = await writes(client, "POST", "traces", name="n")

    assert (await client.reads(f"/api/public/traces/{trace_id}"))["name"] == "n"


async def test_a_span_is_posted_then_patched(client: Person) -> None:
    await writes(client, "POST", "spans", id="o1", traceId="t1", name="n", startTime=NOON)
    end = "2026-11-20T12:00:01.000Z"
    assert await writes(client, "PATCH", "spans", spanId="o1", endTime=end, output={"r": 1}) == "o1"

    found = await client.reads("/api/public/observations/o1")
    assert (found["type"], found["name"], found["startTime"]) == ("SPAN", "n", NOON)
    assert (found["endTime"], found["output"]) == (end, {"r": 1})


async def test_a_generation_is_posted_then_patched(client: Person) -> None:
    await writes(
        client,
        "POST",
        "generations",
        id="g1",
        traceId="t1",
        prompt={"p": 1},
        completion="c",
        usage={"input": 2, "output": 1},
    )
    await writes(
        client, "PATCH", "generations", generationId="g1", completion="d", usage={"totalTokens": 9}
    )

    found = await client.reads("/api/public/observations/g1")
    assert (found["type"], found["input"], found["output"]) == ("GENERATION", {"p": 1}, "d")
    assert found["usageDetails"] == {"total": 9}


async def test_an_event_is_posted(client: Person) -> None:
    assert await writes(client, "POST", "events", id="e1", traceId="t1", name="n") == "e1"

    assert (await client.reads("/api/public/observations/e1"))["type"] == "EVENT"


async def test_an_event_without_an_id_is_refused(client: Person) -> None:
    answer = await client.post("/api/public/events", json={"traceId": "t", "name": "n"})

    assert answer.status_code == 400
    assert answer.json() == {
        "message": "Invalid request data",
        "error": [
            {
                "expected": "string",
                "code": "invalid_type",
                "path": ["id"],
                "message": "Invalid input: expected string, received undefined",
            }
        ],
    }


@pytest.mark.parametrize(("method", "name"), ROUTES)
async def test_a_key_comes_before_the_body(nobody: Person, method: str, name: str) -> None:
    answer = await nobody.asks(method, f"/api/public/{name}", content=b"no json")

    assert (answer.status_code, answer.json()) == (401, {"message": "No authorization header"})


@pytest.mark.parametrize(("method", "name"), ROUTES)
async def test_an_organisations_key_is_forbidden(olivia: Person, method: str, name: str) -> None:
    answer = await olivia.asks(method, f"/api/public/{name}", json={})

    assert answer.status_code == 403
    assert answer.json().keys() == {"message"}


@pytest.mark.parametrize(("method", "name"), ROUTES)
@pytest.mark.parametrize("content_type", ["text/plain", "application/json"])
async def test_a_body_that_is_no_object_is_refused(
    client: Person, method: str, name: str, content_type: str
) -> None:
    headers = {"content-type": content_type}
    answer = await client.asks(method, f"/api/public/{name}", content=b'"text"', headers=headers)

    assert answer.status_code == 400
    assert answer.json()["message"] == "Invalid request data"
    assert answer.json()["error"][0]["path"] == []


@pytest.mark.parametrize("name", ["traces", "spans", "generations", "events"])
async def test_a_public_key_alone_is_forbidden(client: Person, name: str) -> None:
    browser = Person(client.http, "Bearer pk-lf-alice")
    answer = await browser.post(f"/api/public/{name}", json={"id": "x"})

    assert answer.status_code == 403


async def test_these_bodies_have_the_smaller_limit(client: Person) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/api/public/traces", content=b" " * (2 * 1024**2), headers=headers)

    assert (answer.status_code, answer.json()) == (413, "Body exceeded 1mb limit")
