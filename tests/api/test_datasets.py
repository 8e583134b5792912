"""`/api/public/datasets`, both versions: bodies, answers, names in paths, and who may see what."""

import dataclasses
from typing import Any

import pytest
import time_machine

from collector import metrics
from collector.services import Services
from tests.api.people import Person

V1 = "/api/public/datasets"
V2 = "/api/public/v2/datasets"
ITEMS = "/api/public/dataset-items"
SCHEMA = {"type": "object", "required": ["q"]}


async def made(person: Person, name: str = "qa", **body: Any) -> Any:
    answer = await person.post(V2, json={"name": name, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_dataset_is_answered_with_every_key(client: Person) -> None:
    found = await made(client, "a/b", description="d", metadata=[1, {"n": 2**60}])

    assert found == {
        "id": found["id"],
        "projectId": "project-a",
        "name": "a/b",
        "description": "d",
        "metadata": [1, {"n": str(2**60)}],
        "inputSchema": None,
        "expectedOutputSchema": None,
        "createdAt": found["createdAt"],
        "updatedAt": found["createdAt"],
    }
    assert await client.reads(f"{V2}/a%2Fb") == found
    assert await client.reads(f"{V2}/a%252Fb") == found
    assert await client.reads(f"{V1}/a%2Fb") == found | {"items": [], "runs": []}


async def test_a_repeat_changes_what_it_names(client: Person) -> None:
    before = await made(client, description="d", metadata={"a": 1}, inputSchema=SCHEMA)
    same = await made(client, description=None, metadata=None)
    after = await made(client, metadata=5, inputSchema=None)

    assert same == before
    assert after == before | {
        "metadata": 5,
        "inputSchema": None,
        "updatedAt": after["updatedAt"],
    }
    assert after["updatedAt"] > before["updatedAt"]


async def test_the_first_version_answers_with_two_empty_lists(client: Person) -> None:
    answer = await client.post(V1, json={"name": "qa"})
    again = await made(client)

    assert answer.json() == again | {"items": [], "runs": []}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": 5}, ["name"]),
        ({"name": "a", "description": 5}, ["description"]),
        ({"name": "a", "description": "\u0000"}, ["description"]),
        ({"name": "a", "inputSchema": {"type": "nonsense"}}, ["inputSchema"]),
        ({"name": "a", "expectedOutputSchema": 5}, ["expectedOutputSchema"]),
        ([], []),
    ],
)
async def test_a_wrong_body_is_refused(client: Person, body: Any, path: list[str]) -> None:
    answer = await client.post(V2, json=body)

    assert answer.status_code == 400
    assert [issue["path"] for issue in answer.json()["error"]] == [path]
    assert (await client.reads(V2))["meta"]["totalItems"] == 0


@pytest.mark.parametrize("name", ["", "/a", "a//b", "<b>", "a\u0000"])
async def test_a_wrong_name_is_refused_in_words(client: Person, name: str) -> None:
    answer = await client.post(V2, json={"name": name})

    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequestError")
    assert answer.json()["message"].startswith('Dataset name not valid. [\n  {\n    "code"')


async def test_lists_are_paged_newest_first(client: Person) -> None:
    for day in range(1, 4):
        with time_machine.travel(f"2026-11-{day:02}T12:00:00Z", tick=False):
            await made(client, f"day {day}")
    for path in (V1, V2):
        first = await client.reads(f"{path}?limit=2")
        second = await client.reads(f"{path}?page=2&limit=2")
        beyond = await client.reads(f"{path}?page={2**53 - 1}&limit=100")

        assert [row["name"] for row in first["data"]] == ["day 3", "day 2"]
        assert [row["name"] for row in second["data"]] == ["day 1"]
        assert first["meta"] == {"page": 1, "limit": 2, "totalItems": 3, "totalPages": 2}
        assert (beyond["data"], beyond["meta"]["totalItems"]) == ([], 3)
        assert (await client.get(f"{path}?page=0")).status_code == 400


async def test_the_first_version_lists_active_items(client: Person) -> None:
    dataset = await made(client)
    for number, status in enumerate(("ACTIVE", "ARCHIVED", "ACTIVE")):
        body = {"datasetName": "qa", "id": f"i{number}", "input": number, "status": status}
        await client.post(ITEMS, json=body)
    listed = await client.reads(V1)
    one = await client.reads(f"{V1}/qa")

    assert listed["data"] == [dataset | {"items": ["i2", "i0"], "runs": []}]
    assert [(item["id"], item["input"]) for item in one["items"]] == [("i2", 2), ("i0", 0)]


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize("name", ["nobody", "%00", "a%2Fb"])
async def test_an_unknown_dataset_is_not_found(client: Person, path: str, name: str) -> None:
    answer = await client.get(f"{path}/{name}")

    assert (answer.status_code, answer.json()) == (
        404,
        {"message": "Dataset not found", "error": "LangfuseNotFoundError"},
    )


async def test_names_are_of_their_project(client: Person, charlie: Person) -> None:
    mine = await made(client)
    theirs = await made(charlie)

    assert mine["id"] != theirs["id"]
    assert (await charlie.reads(V2))["data"] == [theirs]


@pytest.mark.parametrize("path", [V1, V2, f"{V1}/qa", f"{V1}/qa/runs", f"{V1}/qa/runs/r", ITEMS])
async def test_a_public_key_alone_may_not(client: Person, path: str) -> None:
    browser = Person(client.http, "Bearer pk-lf-alice")

    assert (await browser.get(path)).status_code == 403


async def test_a_project_has_so_many_datasets_at_most(client: Person, services: Services) -> None:
    services.settings = dataclasses.replace(services.settings, datasets_max=1)
    before = metrics.LIMIT_HITS.labels("datasets_max")._value.get()
    await made(client)
    answer = await client.post(V2, json={"name": "second"})
    await made(client, description="changed")

    assert answer.status_code == 400
    assert metrics.LIMIT_HITS.labels("datasets_max")._value.get() == before + 1


async def test_an_answer_past_its_size_says_how_to_ask(client: Person, services: Services) -> None:
    services.settings = dataclasses.replace(services.settings, dataset_answer_bytes_max=1_500)
    for name in ("a", "b"):
        await made(client, name, metadata="m" * 1_000)
    answer = await client.get(V2)

    assert (answer.status_code, (await client.get(f"{V2}?limit=1")).status_code) == (422, 200)
    assert "`limit`" in answer.json()["message"]
