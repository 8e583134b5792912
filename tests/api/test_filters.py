"""A filter is never ignored in silence."""

import json

import pytest

from tests.api.people import Person

LISTS = ["/api/public/traces", "/api/public/observations", "/api/public/v2/scores"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("empty", ["", "[]"])
async def test_an_empty_filter_asks_nothing(client: Person, path: str, empty: str) -> None:
    assert (await client.reads(f"{path}?filter={empty}"))["data"] == []


@pytest.mark.parametrize("path", LISTS)
async def test_a_filter_that_is_no_json_is_refused(client: Person, path: str) -> None:
    answer = await client.get(path + "?filter={not")
    assert answer.status_code == 400
    assert answer.json() == {
        "message": "Invalid JSON in filter parameter",
        "error": "InvalidRequestError",
    }


@pytest.mark.parametrize(
    ("written", "path", "code"),
    [
        ('{"type":"string"}', ["filter"], "invalid_type"),
        ("[1]", ["filter", 0], "invalid_type"),
        ('[{"bad":1}]', ["filter", 0, "type"], "invalid_union"),
    ],
)
async def test_a_filter_of_another_form_is_an_issue(
    client: Person, written: str, path: list[str | int], code: str
) -> None:
    answer = await client.get("/api/public/traces", params={"filter": written})
    [issue] = answer.json()["error"]
    assert (issue["path"], issue["code"]) == (path, code)


async def test_conditions_are_refused_rather_than_ignored(client: Person) -> None:
    condition = {"type": "string", "column": "name", "operator": "=", "value": "x"}
    answer = await client.get("/api/public/traces", params={"filter": json.dumps([condition])})
    assert answer.status_code == 400
    assert "plain parameters" in answer.json()["message"]
