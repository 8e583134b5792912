"""POST /api/public/ingestion, asked over HTTP."""

import json

import pytest
from fastapi import FastAPI

from tests.api.events import event, generation, score, trace
from tests.api.people import Person

INGESTION = "/api/public/ingestion"
JSON = {"content-type": "application/json"}


@pytest.fixture
def browser(client: Person) -> Person:
    """Alice's public key alone, as web pages use it."""
    return Person(client.http, "Bearer pk-lf-alice")


async def test_an_acknowledged_event_is_readable_at_once(client: Person) -> None:
    answer = await client.post(
        INGESTION, json={"batch": [trace("t1", name="chat"), generation("g1", "t1", model="m")]}
    )

    assert answer.status_code == 207
    assert [row["status"] for row in answer.json()["successes"]] == [201, 201]
    found = await client.reads("/api/public/traces/t1")
    assert (found["name"], [row["id"] for row in found["observations"]]) == ("chat", ["g1"])


async def test_good_events_of_a_mixed_batch_are_kept(client: Person) -> None:
    batch = ["text", trace("t1"), event("span-create", name="no id"), {"id": "x", "type": "huh"}]
    answer = await client.post(INGESTION, json={"batch": batch})

    assert answer.status_code == 207
    assert [row["id"] for row in answer.json()["errors"]][0::2] == ["unknown", "x"]
    assert (await client.reads("/api/public/traces/t1"))["id"] == "t1"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "Invalid input: expected array, received undefined"),
        (b"{}", "Invalid input: expected array, received undefined"),
        (b'{"batch": 5}', "Invalid input: expected array, received number"),
        (b"[]", "Invalid input: expected object, received array"),
    ],
)
async def test_a_body_without_a_batch_is_a_list_of_sentences(
    client: Person, body: bytes, sentence: str
) -> None:
    answer = await client.post(INGESTION, content=body, headers=JSON)

    assert answer.status_code == 400
    assert answer.json() == {"message": "Invalid request data", "errors": [sentence]}


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/x-protobuf"],
)
async def test_json_under_another_name_is_a_text(client: Person, content_type: str) -> None:
    body = json.dumps({"batch": [trace("t1")]})
    answer = await client.post(INGESTION, content=body, headers={"content-type": content_type})

    assert answer.status_code == 400
    assert answer.json()["errors"] == ["Invalid input: expected object, received string"]


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/ld+json"]
)
async def test_json_is_known_by_its_content_type(client: Person, content_type: str) -> None:
    answer = await client.post(
        INGESTION, content=b'{"batch": []}', headers={"content-type": content_type}
    )

    assert (answer.status_code, answer.json()) == (207, {"successes": [], "errors": []})


@pytest.mark.parametrize(
    "body", [b'{"batch": [', b"NaN", b"[" * 10_000 + b"]" * 10_000, b'{"batch": [NaN]}']
)
async def test_what_is_no_json_is_told_so_in_json(client: Person, body: bytes) -> None:
    answer = await client.post(INGESTION, content=body, headers=JSON)

    assert (answer.status_code, answer.json()) == (400, "Invalid JSON")


async def test_a_body_past_the_limit_is_refused_in_json(client: Person) -> None:
    answer = await client.post(INGESTION, content=b" " * (5 * 1024**2), headers=JSON)

    assert (answer.status_code, answer.json()) == (413, "Body exceeded 4.5mb limit")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_other_methods_are_told_so_before_any_key(nobody: Person, method: str) -> None:
    answer = await nobody.asks(method, INGESTION)

    assert answer.status_code == 405
    assert answer.json() == {"error": "MethodNotAllowedError", "message": "Method not allowed"}


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "No authorization header"),
        ("basic x", "Invalid authorization header"),
        (
            "Basic cGstbGYteDpzay1sZi15",
            "Invalid credentials. Confirm that you've configured the correct host.",
        ),
    ],
)
async def test_a_bad_key_is_refused_before_the_body_is_read(
    client: Person, authorization: str | None, message: str
) -> None:
    stranger = Person(client.http, authorization)
    answer = await stranger.post(INGESTION, content=b"no json", headers=JSON)

    assert answer.status_code == 401
    assert answer.json() == {"error": "UnauthorizedError", "message": message}


async def test_an_organisations_key_has_no_project_to_write_to(olivia: Person) -> None:
    answer = await olivia.post(INGESTION, json={"batch": []})

    assert answer.status_code == 401
    assert answer.json()["error"] == "UnauthorizedError"
    assert "Project ID is missing" in answer.json()["message"]


async def test_a_public_key_alone_writes_scores_only(browser: Person, client: Person) -> None:
    batch = [score("s1", traceId="t1"), trace("t1"), event("sdk-log", log=1)]
    answer = (await browser.post(INGESTION, json={"batch": batch})).json()

    assert [row["status"] for row in answer["successes"]] == [201]
    assert [(row["id"], row["status"]) for row in answer["errors"]] == [(batch[1]["id"], 401)]
    await client.ingests(trace("t1"))
    assert (await client.reads("/api/public/v2/scores/s1"))["value"] == 0.5


@pytest.mark.parametrize("spelling", ["x-langfuse-sdk-{}", "x_langfuse_sdk_{}"])
async def test_records_remember_who_wrote_them(client: Person, app: FastAPI, spelling: str) -> None:
    headers = {spelling.format("name"): "python", spelling.format("version"): "2.60.10"}
    await client.post(INGESTION, json={"batch": [generation("g1", "t1")]}, headers=headers)

    await app.state.services.store.visible("project-a")
    row = await app.state.services.reads.observation("project-a", "g1")
    assert row is not None
    written_by = (row["sdk_name"], row["sdk_version"], row["source"], row["ingestion_key"])
    assert written_by == ("python", "2.60.10", "api", "pk-lf-alice")


async def test_control_characters_and_lone_surrogates_are_kept_safely(client: Person) -> None:
    body = json.dumps({"batch": [trace("t1", name="a\0b\ud800c", input={"k\0": "\x01"})]})
    answer = await client.post(INGESTION, content=body, headers=JSON)

    assert answer.json()["errors"] == []
    found = await client.reads("/api/public/traces/t1")
    assert (found["name"], found["input"]) == ("a\0b\ufffdc", {"k\0": "\x01"})


async def test_a_batch_sent_again_changes_nothing(client: Person) -> None:
    batch = [trace("t1", tags=["a"], metadata={"k": [1]}), generation("g1", "t1")]
    for _ in range(2):
        await client.ingests(*batch)

    found = await client.reads("/api/public/traces/t1")
    assert (found["tags"], found["metadata"], len(found["observations"])) == (["a"], {"k": [1]}, 1)


async def test_projects_do_not_see_each_others_events(client: Person, charlie: Person) -> None:
    await client.ingests(trace("t1"))
    await charlie.ingests(trace("t1", name="charlie's"))

    assert (await client.reads("/api/public/traces/t1"))["name"] == ""
    assert (await charlie.reads("/api/public/traces/t1"))["name"] == "charlie's"
