"""POST /api/public/scores: an object, or an array."""

from typing import Any

import pytest

from tests.api.events import NOON, trace
from tests.api.people import Person

SCORES = "/api/public/scores"


def body(score_id: str, **more: Any) -> dict[str, Any]:
    return {"id": score_id, "traceId": "t1", "name": "quality", "value": 0.5} | more


async def reads_score(person: Person, score_id: str) -> Any:
    await person.ingests(trace("t1"))
    return await person.reads(f"/api/public/v2/scores/{score_id}")


async def test_one_score_is_answered_with_its_id(client: Person) -> None:
    answer = await client.post(SCORES, json=body("s1", comment="via POST"))

    assert (answer.status_code, answer.json()) == (200, {"id": "s1"})
    found = await reads_score(client, "s1")
    assert (found["value"], found["comment"], found["source"]) == (0.5, "via POST", "API")


@pytest.mark.parametrize("score_id", [None, ""])
async def test_a_score_without_an_id_is_given_one(client: Person, score_id: str | None) -> None:
    answer = await client.post(SCORES, json=body("x") | {"id": score_id})

    assert (await reads_score(client, answer.json()["id"]))["name"] == "quality"


async def test_the_same_id_is_an_update(client: Person) -> None:
    await client.post(SCORES, json=body("s1", comment="old"))
    await client.post(SCORES, json=body("s1", value=0.75, comment=None))

    found = await reads_score(client, "s1")
    assert (found["value"], found["comment"]) == (0.75, None)


async def test_a_public_key_alone_may_score(client: Person) -> None:
    browser = Person(client.http, "Bearer pk-lf-alice")

    assert (await browser.post(SCORES, json=body("s1"))).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"name": None}, ["name"]),
        ({"traceId": None}, ["traceId", "sessionId", "datasetRunId", "observationId"]),
        ({"value": "A", "dataType": "NUMERIC"}, ["value"]),
        ({"source": "EVAL"}, ["source"]),
        ({"source": "ANNOTATION"}, ["configId"]),
        ({"environment": None}, ["environment"]),
    ],
)
async def test_a_wrong_score_is_refused(
    client: Person, wrong: dict[str, Any], path: list[str]
) -> None:
    answer = await client.post(SCORES, json=body("s1") | wrong)

    assert answer.status_code == 400
    assert [issue["path"] for issue in answer.json()["error"]] == [path]


async def test_an_array_of_good_scores_is_accepted(client: Person) -> None:
    array = [
        body("s1", timestamp="2026-11-20T12:00:00.000999Z", dataType="BOOLEAN", value=1.0),
        body("s2", timestamp=NOON, value="a", metadata=["any"]),
    ]
    answer = await client.post(SCORES, json=array)

    assert (answer.status_code, answer.json()) == (202, {"message": "Accepted"})
    first, second = [await reads_score(client, name) for name in ("s1", "s2")]
    assert (first["timestamp"], first["dataType"], first["stringValue"]) == (
        NOON,
        "BOOLEAN",
        "True",
    )
    assert (second["dataType"], second["stringValue"]) == ("CATEGORICAL", "a")


async def test_good_scores_of_a_mixed_array_are_kept(client: Person) -> None:
    answer = await client.post(SCORES, json=[5, body("s1"), body("s2", value=None)])

    assert answer.status_code == 207
    assert answer.json() == {
        "accepted": 1,
        "rejected": 2,
        "errors": [
            {"message": "score: Invalid input: expected object, received number"},
            {"message": "value: Invalid input"},
        ],
    }
    assert (await reads_score(client, "s1"))["id"] == "s1"


async def test_an_empty_array_is_accepted(client: Person) -> None:
    assert (await client.post(SCORES, json=[])).status_code == 202
