"""`/api/public/score-configs`: bodies, answers, and who may see what."""

import dataclasses
from typing import Any

import pytest
import time_machine

from collector import metrics
from collector.services import Services
from tests.api.people import Person

CONFIGS = "/api/public/score-configs"
CATEGORICAL = {"dataType": "CATEGORICAL"}
GOOD = {"label": "good", "value": 1}
BAD = {"label": "bad", "value": 0}


async def made(person: Person, **body: Any) -> Any:
    answer = await person.post(CONFIGS, json={"name": "quality", "dataType": "NUMERIC", **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_config_is_answered_with_every_key(client: Person) -> None:
    found = await made(client, minValue=0, maxValue=1.5, description="d")

    assert found == {
        "id": found["id"],
        "projectId": "project-a",
        "name": "quality",
        "description": "d",
        "dataType": "NUMERIC",
        "isArchived": False,
        "minValue": 0,
        "maxValue": 1.5,
        "categories": None,
        "createdAt": found["createdAt"],
        "updatedAt": found["createdAt"],
    }
    assert await client.reads(f"{CONFIGS}/{found['id']}") == found


@pytest.mark.parametrize(
    ("body", "categories"),
    [
        ({"dataType": "TEXT"}, None),
        ({"dataType": "TEXT", "categories": None, "minValue": None}, None),
        ({"dataType": "CATEGORICAL", "categories": [GOOD, BAD | {"x": 1}]}, [GOOD, BAD]),
        (
            {"dataType": "BOOLEAN"},
            [{"label": "True", "value": 1}, {"label": "False", "value": 0}],
        ),
    ],
)
async def test_each_type_has_its_categories(
    client: Person, body: dict[str, Any], categories: Any
) -> None:
    found = await made(client, **body)

    assert (found["dataType"], found["categories"]) == (body["dataType"], categories)


async def test_names_are_not_unique_and_of_any_script(client: Person) -> None:
    first = await made(client, name="Qualität (v1.2) 品質_-")
    second = await made(client, name="Qualität (v1.2) 品質_-")

    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    ("wrong", "paths"),
    [
        ({"name": None}, [["name"]]),
        ({"name": ""}, [["name"], ["name"]]),
        ({"name": "a" * 36}, [["name"]]),
        ({"name": "a/b"}, [["name"]]),
        ({"name": "a\u0000"}, [["name"]]),
        ({"dataType": "CORRECTION"}, [["dataType"]]),
        ({"dataType": ["NUMERIC"]}, [["dataType"]]),
        ({"description": "a\u0000b"}, [["description"]]),
        ({"minValue": "0"}, [["minValue"]]),
        ({"minValue": 1, "maxValue": 1}, [[]]),
        ({"categories": [GOOD]}, [["categories"]]),
        ({"dataType": "TEXT", "maxValue": 1}, [["maxValue"]]),
        ({"dataType": "BOOLEAN", "categories": None}, [["categories"]]),
        (CATEGORICAL, [["categories"]]),
        (CATEGORICAL | {"categories": {}}, [["categories"]]),
        (CATEGORICAL | {"categories": [5]}, [["categories", 0]]),
        (CATEGORICAL | {"categories": [{"label": "", "value": 1}]}, [["categories", 0, "label"]]),
        (CATEGORICAL | {"categories": [{"label": "a"}]}, [["categories", 0, "value"]]),
        (CATEGORICAL | {"categories": [GOOD, GOOD]}, [["categories"]] * 2),
        (CATEGORICAL | {"categories": [GOOD, BAD | {"value": 1.0}]}, [["categories"]]),
    ],
)
async def test_a_wrong_config_is_refused(
    client: Person, wrong: dict[str, Any], paths: list[Any]
) -> None:
    answer = await client.post(CONFIGS, json={"name": "quality", "dataType": "NUMERIC"} | wrong)

    assert answer.status_code == 400
    assert [issue["path"] for issue in answer.json()["error"]] == paths
    assert (await client.reads(CONFIGS))["meta"]["totalItems"] == 0


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("body", [[], 5, None, "text"])
async def test_a_body_that_is_no_object_is_refused(client: Person, method: str, body: Any) -> None:
    path = CONFIGS if method == "POST" else f"{CONFIGS}/any"
    answer = await client.asks(method, path, json=body)

    assert answer.status_code == 400


async def test_the_list_is_paged_newest_first(client: Person) -> None:
    for day in range(1, 4):
        with time_machine.travel(f"2026-11-{day:02}T12:00:00Z", tick=False):
            await made(client, name=f"day {day}")
    first = await client.reads(f"{CONFIGS}?page=1&limit=2")
    second = await client.reads(f"{CONFIGS}?page=2&limit=2")
    beyond = await client.reads(f"{CONFIGS}?page={2**53 - 1}&limit=100")

    assert [config["name"] for config in first["data"]] == ["day 3", "day 2"]
    assert [config["name"] for config in second["data"]] == ["day 1"]
    assert first["meta"] == {"page": 1, "limit": 2, "totalItems": 3, "totalPages": 2}
    assert (beyond["data"], beyond["meta"]["totalItems"]) == ([], 3)


async def test_a_patch_changes_only_what_it_names(client: Person) -> None:
    before = await made(client, minValue=0, maxValue=1, description="d")
    path = f"{CONFIGS}/{before['id']}"
    answer = await client.asks("PATCH", path, json={"isArchived": True, "name": "depth"})
    after = answer.json()

    assert answer.status_code == 200
    assert after == before | {
        "isArchived": True,
        "name": "depth",
        "updatedAt": after["updatedAt"],
    }
    assert await client.reads(path) == after


@pytest.mark.parametrize(
    ("config", "patch", "message"),
    [
        ({"maxValue": 1}, {"minValue": 2}, "Maximum value must be greater than Minimum value"),
        (
            {"dataType": "CATEGORICAL", "categories": [GOOD]},
            {"categories": [GOOD, GOOD | {"value": 2}]},
            "Duplicate category label: good, category labels must be unique",
        ),
        (
            {"dataType": "BOOLEAN"},
            {"categories": [GOOD, BAD]},
            "The categories of a BOOLEAN score config cannot be changed",
        ),
        (
            {"dataType": "TEXT"},
            {"minValue": 2, "categories": []},
            "A TEXT score config has no min value, A TEXT score config has no categories",
        ),
    ],
)
async def test_a_patch_that_breaks_a_rule_changes_nothing(
    client: Person, config: dict[str, Any], patch: dict[str, Any], message: str
) -> None:
    before = await made(client, **config)
    path = f"{CONFIGS}/{before['id']}"
    answer = await client.asks("PATCH", path, json=patch)

    assert (answer.status_code, answer.json()) == (
        400,
        {"message": message, "error": "InvalidRequestError"},
    )
    assert await client.reads(path) == before


async def test_an_empty_patch_is_refused_before_the_config_is_looked_up(client: Person) -> None:
    for body in ({}, {"dataType": "TEXT"}):
        answer = await client.asks("PATCH", f"{CONFIGS}/nobody", json=body)

        assert answer.status_code == 400
        assert "cannot be empty" in answer.json()["error"][0]["message"]


async def test_a_null_in_a_patch_is_refused(client: Person) -> None:
    answer = await client.asks("PATCH", f"{CONFIGS}/nobody", json={"description": None})

    assert answer.json()["error"][0]["message"] == "Invalid input: expected string, received null"


@pytest.mark.parametrize("config_id", ["nobody", "%00", "a/b"])
async def test_an_unknown_config_is_not_found(client: Person, config_id: str) -> None:
    path = f"{CONFIGS}/{config_id}"
    answers = [
        await client.get(path),
        await client.asks("PATCH", path, json={"isArchived": True}),
    ]

    for answer in answers:
        assert (answer.status_code, answer.json()) == (
            404,
            {
                "message": "Score config not found within authorized project",
                "error": "LangfuseNotFoundError",
            },
        )


async def test_another_project_sees_and_changes_nothing(client: Person, charlie: Person) -> None:
    config = await made(client)
    path = f"{CONFIGS}/{config['id']}"
    seen = await charlie.get(path)
    changed = await charlie.asks("PATCH", path, json={"name": "stolen"})

    assert (seen.status_code, changed.status_code) == (404, 404)
    assert (await charlie.reads(CONFIGS))["data"] == []
    assert await client.reads(path) == config


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
async def test_a_public_key_alone_may_not(client: Person, method: str) -> None:
    browser = Person(client.http, "Bearer pk-lf-alice")
    path = f"{CONFIGS}/any" if method == "PATCH" else CONFIGS

    assert (await browser.asks(method, path, json={})).status_code == 403


async def test_a_project_has_so_many_configs_at_most(
    client: Person, charlie: Person, services: Services
) -> None:
    services.settings = dataclasses.replace(services.settings, score_configs_max=2)
    before = metrics.LIMIT_HITS.labels("score_configs_max")._value.get()
    for _ in range(2):
        await made(client)
    answer = await client.post(CONFIGS, json={"name": "third", "dataType": "TEXT"})
    await made(charlie)

    assert answer.status_code == 400
    assert "2 score configs" in answer.json()["message"]
    assert metrics.LIMIT_HITS.labels("score_configs_max")._value.get() == before + 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_config_is_no_larger_than_its_limit(
    client: Person, services: Services, method: str
) -> None:
    body = {"name": "kind", "dataType": "TEXT"}
    config = await made(client, **body, description="d" * 15_000)
    path = CONFIGS if method == "POST" else f"{CONFIGS}/{config['id']}"
    answer = await client.asks(method, path, json=body | {"description": "d" * 16_384})

    assert answer.status_code == 413
    assert (await client.reads(CONFIGS))["data"] == [config]
