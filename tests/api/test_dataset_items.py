"""`/api/public/dataset-items`: what is stored of a value, versions, archiving, deleting."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest

from collector.services import Services
from tests.api.people import Person

DATASETS = "/api/public/v2/datasets"
ITEMS = "/api/public/dataset-items"
REFUSED = "Dataset item validation failed: "


async def has_dataset(person: Person, name: str = "qa", **body: Any) -> Any:
    return (await person.post(DATASETS, json={"name": name, **body})).json()


async def wrote(person: Person, **body: Any) -> Any:
    answer = await person.post(ITEMS, json={"datasetName": "qa", **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(person: Person, query: str = "datasetName=qa") -> list[str]:
    found = await person.reads(f"{ITEMS}?{query}")
    assert found["meta"]["totalItems"] >= len(found["data"])
    return [item["id"] for item in found["data"]]


async def test_an_item_is_answered_with_every_key(client: Person) -> None:
    dataset = await has_dataset(client)
    found = await wrote(client, input={"q": 1}, sourceTraceId="t", sourceObservationId="o")

    assert found == {
        "id": found["id"],
        "datasetId": dataset["id"],
        "datasetName": "qa",
        "status": "ACTIVE",
        "input": {"q": 1},
        "expectedOutput": None,
        "metadata": None,
        "sourceTraceId": "t",
        "sourceObservationId": "o",
        "createdAt": found["createdAt"],
        "updatedAt": found["createdAt"],
        "mediaReferences": [],
    }
    assert await client.reads(f"{ITEMS}/{found['id']}") == found


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ('{"a":1}', {"a": 1}),
        ("42", 42),
        ("true", True),
        ("null", None),
        ("", None),
        ("text", "text"),
        ("NaN", "NaN"),
        ("[" * 150 + "]" * 150, "[" * 150 + "]" * 150),
        ("a\u0000b\u001b\tc\nd", "ab\tc\nd"),
        ('"a\\u0000b"', "ab"),
        ({"k\u0000": ["a\u0000"]}, {"k": ["a"]}),
        (["42"], ["42"]),
        (False, False),
        (0, 0),
        (3.0, 3),
        (2**60, str(2**60)),
    ],
)
async def test_values_are_stored_as_langfuse_stores_them(
    client: Person, sent: Any, stored: Any
) -> None:
    await has_dataset(client)
    found = await wrote(client, id="i", input=1, expectedOutput=sent, metadata=sent)

    assert (found["expectedOutput"], found["metadata"]) == (stored, stored)


async def test_what_is_not_given_stays(client: Person) -> None:
    await has_dataset(client)
    first = await wrote(client, id="i", input={"a": 1, "b": 2}, expectedOutput=3, metadata="m")
    second = await wrote(client, id="i", input={"a": 5}, expectedOutput=None, status="ARCHIVED")
    third = await wrote(client, id="i", metadata="")

    assert second["createdAt"] > first["createdAt"]
    assert (second["input"], second["expectedOutput"], second["metadata"]) == ({"a": 5}, 3, "m")
    assert (third["status"], third["input"], third["metadata"]) == ("ARCHIVED", {"a": 5}, None)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"datasetName": "nobody", "input": 1}, 404, "Dataset nobody not found for project"),
        ({"expectedOutput": 1}, 400, REFUSED + "Dataset item input cannot be null"),
        ({"input": ""}, 400, REFUSED + "Dataset item input cannot be null"),
        ({"id": "taken", "input": 1}, 409, "Dataset item id taken already exists in another"),
    ],
)
async def test_a_write_that_breaks_a_rule_is_refused(
    client: Person, body: dict[str, Any], status: int, message: str
) -> None:
    await has_dataset(client)
    await has_dataset(client, "other")
    await wrote(client, datasetName="other", id="taken", input=1)
    answer = await client.post(ITEMS, json={"datasetName": "qa", **body})

    assert answer.status_code == status
    assert answer.json()["message"].startswith(message)
    assert await ids(client) == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"datasetName": None}, ["datasetName"]),
        ({"id": ""}, ["id"]),
        ({"id": "i" * 256}, ["id"]),
        ({"id": "a\u0000"}, ["id"]),
        ({"status": "GONE"}, ["status"]),
        ({"sourceTraceId": 5}, ["sourceTraceId"]),
        ({"sourceObservationId": "\u0000"}, ["sourceObservationId"]),
    ],
)
async def test_a_wrong_body_is_refused(
    client: Person, body: dict[str, Any], path: list[str]
) -> None:
    await has_dataset(client)
    answer = await client.post(ITEMS, json={"datasetName": "qa", "input": 1} | body)

    assert answer.status_code == 400
    assert [issue["path"] for issue in answer.json()["error"]] == [path]


async def test_values_are_held_against_the_schemas(client: Person) -> None:
    schema = {"type": "object", "required": ["q"]}
    await has_dataset(client, inputSchema=schema, expectedOutputSchema={"type": "number"})
    bad = {"datasetName": "qa", "input": {}, "expectedOutput": "a"}
    null = {"datasetName": "qa", "id": "i", "expectedOutput": 1}
    answers = [await client.post(ITEMS, json=body) for body in (bad, null)]
    good = await wrote(client, input='{"q":1}')

    assert [answer.json()["message"] for answer in answers] == [
        REFUSED + "Input validation failed: must have required property 'q'; "
        "Expected output validation failed: must be number",
        REFUSED + "Input validation failed: must be object",
    ]
    assert good["input"] == {"q": 1}


async def test_archived_items_are_not_listed_and_can_be_read(client: Person) -> None:
    await has_dataset(client)
    for item_id in ("a", "b", "c"):
        await wrote(client, id=item_id, input=1)
    await wrote(client, id="a", metadata=1)
    await wrote(client, id="b", status="ARCHIVED")

    assert await ids(client) == ["a", "c"]
    assert await ids(client, "limit=1&page=2") == ["c"]
    assert (await client.reads(f"{ITEMS}/b"))["status"] == "ARCHIVED"


async def test_items_are_found_by_their_source(client: Person) -> None:
    await has_dataset(client, "a b/c")
    await wrote(client, datasetName="a b/c", id="x", input=1, sourceTraceId="t")
    await wrote(client, datasetName="a b/c", id="y", input=1, sourceObservationId="o")

    assert await ids(client, "sourceTraceId=t") == ["x"]
    assert await ids(client, "sourceObservationId=o") == ["y"]
    assert await ids(client, "sourceTraceId=%00") == []
    assert await ids(client, "datasetName=a%2520b%252Fc") == ["y", "x"]


async def test_a_version_shows_what_was_valid_then(client: Person) -> None:
    await has_dataset(client)
    first = await wrote(client, id="a", input=1)
    second = await wrote(client, id="a", input=2)
    await wrote(client, id="b", input=3)
    await client.asks("DELETE", f"{ITEMS}/a")
    found = await client.reads(f"{ITEMS}?datasetName=qa&version={first['createdAt']}")
    before = datetime.fromisoformat(first["createdAt"]) - timedelta(milliseconds=1)
    earlier = before.isoformat().replace("+00:00", "Z")

    assert [(item["id"], item["input"]) for item in found["data"]] == [("a", 1)]
    assert found["data"][0]["updatedAt"] == second["createdAt"]
    assert await ids(client) == ["b"]
    assert await ids(client, f"datasetName=qa&version={earlier}") == []
    for version in ("2026-01-01", "2026-01-01T00:00:00"):
        assert await ids(client, f"datasetName=qa&version={version}") == []


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("version=2026-01-01", ["datasetName"]),
        ("datasetName=qa&version=soon", ["version"]),
        ("datasetName=a&datasetName=b", ["datasetName"]),
        ("limit=0", ["limit"]),
    ],
)
async def test_a_wrong_parameter_is_refused(client: Person, query: str, path: list[str]) -> None:
    answer = await client.get(f"{ITEMS}?{query}")

    assert answer.status_code == 400
    assert [issue["path"] for issue in answer.json()["error"]] == [path]


async def test_a_deleted_item_is_gone_at_once(client: Person) -> None:
    await has_dataset(client)
    await wrote(client, id="a", input=1)
    answers = [await client.asks("DELETE", f"{ITEMS}/a") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 404]
    assert answers[0].json() == {"message": "Dataset item successfully deleted"}
    assert answers[1].json()["message"] == "Dataset item not found"
    assert (await client.get(f"{ITEMS}/a")).status_code == 404


async def test_another_project_sees_and_changes_nothing(client: Person, charlie: Person) -> None:
    await has_dataset(client)
    await has_dataset(charlie)
    mine = await wrote(client, id="a", input=1)
    theirs = await wrote(charlie, id="a", input=2)

    assert (await charlie.asks("DELETE", f"{ITEMS}/a")).status_code == 200
    assert theirs["datasetId"] != mine["datasetId"]
    assert await client.reads(f"{ITEMS}/a") == mine


async def test_an_item_may_be_larger_than_other_bodies(client: Person, services: Services) -> None:
    await has_dataset(client)
    await wrote(client, id="a", input="x" * 2_000_000)
    services.settings = dataclasses.replace(services.settings, dataset_item_body_bytes_max=1_000)
    answer = await client.post(ITEMS, json={"datasetName": "qa", "input": "x" * 1_000})

    assert answer.status_code == 413
