"""`/api/public/v2/prompts` and `/api/public/prompts`: bodies, answers, and who may see what."""

import dataclasses
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI

from collector import metrics
from collector.api.budget import Budget
from collector.services import Services
from tests.api.events import trace
from tests.api.people import Person
from tests.web.examples import event

PROMPTS = "/api/public/v2/prompts"
V1 = "/api/public/prompts"
TEXT: dict[str, Any] = {"name": "greet", "prompt": "hi {{name}}"}
SAID = {"role": "user", "content": "x"}


async def made(person: Person, path: str = PROMPTS, **body: Any) -> Any:
    answer = await person.post(path, json={**TEXT, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def issues_of(person: Person, **body: Any) -> list[Any]:
    answer = await person.post(PROMPTS, json={**TEXT, **body})
    assert answer.status_code == 400, answer.text
    assert answer.json()["message"] == "Invalid request data"
    found: list[Any] = answer.json()["error"]
    return found


async def test_a_prompt_is_answered_with_every_key(client: Person) -> None:
    config = {"temperature": 0.25, "nothing": None, "big": 2**53 - 1}
    found = await made(
        client, labels=["production"], tags=["t"], config=config, commitMessage="why", odd=1
    )

    assert found == {
        "id": found["id"],
        "createdAt": found["createdAt"],
        "updatedAt": found["createdAt"],
        "projectId": "project-a",
        "createdBy": "API",
        "prompt": "hi {{name}}",
        "name": "greet",
        "version": 1,
        "type": "text",
        "isActive": None,
        "config": config,
        "tags": ["t"],
        "labels": ["production", "latest"],
        "commitMessage": "why",
    }
    read = await client.reads(f"{PROMPTS}/greet")
    assert read == {**found, "isActive": True, "resolutionGraph": None}
    assert await client.reads(f"{V1}?name=greet") == read


async def test_messages_lose_what_they_do_not_need(client: Person) -> None:
    messages: list[dict[str, Any]] = [
        {"type": "chatmessage", "role": "system", "content": "s", "odd": 1},
        {"type": "placeholder", "name": "history", "odd": 1},
        {"role": "user", "content": ""},
    ]
    found = await made(client, type="chat", prompt=messages)

    assert found["prompt"] == [
        {"role": "system", "content": "s"},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": ""},
    ]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("?version=2", 200),
        ("?version=0&label=", 200),
        ("?label=latest", 200),
        ("?label=blue", 404),
        ("?version=3", 404),
        ("?version=-1", 404),
        ("?version=99999999999999999999", 404),
        ("?version=1&label=latest", 400),
        ("?version=1.5", 400),
        ("?version=x", 400),
    ],
)
async def test_a_version_is_chosen_by_number_or_label(
    client: Person, query: str, status: int
) -> None:
    await made(client)
    await made(client, labels=["production"])

    assert (await client.get(f"{PROMPTS}/greet{query}")).status_code == status


@pytest.mark.parametrize("name", ["folder/a b", "a/versions/3", "ä%2F?#&", "a.b@c", "x\ny"])
async def test_names_are_any_path(client: Person, name: str) -> None:
    await made(client, name=name)
    quoted = quote(name, safe="")
    for path in (f"{PROMPTS}/{quoted}", f"{PROMPTS}/{quote(name)}"):
        assert (await client.reads(f"{path}?version=1"))["name"] == name
    twice = await client.get(V1, params={"name": quoted, "version": "1"})
    assert twice.json()["name"] == name
    changed = await client.asks(
        "PATCH", f"{PROMPTS}/{quoted}/versions/1", json={"newLabels": ["x"]}
    )
    assert changed.json()["labels"] == ["x", "latest"]
    assert (await client.asks("DELETE", f"{PROMPTS}/{quoted}")).status_code == 204
    assert (await client.asks("DELETE", f"{PROMPTS}/{quoted}")).status_code == 404


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/a", "Name cannot start with a slash"),
        ("a/", "Name cannot end with a slash"),
        ("a//b", "Name cannot contain two slashes in a row"),
        ("a|b", "Prompt name cannot contain '|' character"),
        ("a<b>c", "Text cannot contain HTML tags"),
        ("new", "Name cannot be 'new'"),
        (" metrics ", "Name cannot be 'metrics'"),
        ("a\0b", "This text must not contain a NUL character"),
        ("", "Too small: expected string to have >=1 characters"),
        ("  ", "Too small: expected string to have >=1 characters"),
        ("x" * 501, "Too big: expected string to have <=500 characters"),
    ],
)
async def test_a_bad_name_is_told_why(client: Person, name: str, message: str) -> None:
    [issue] = await issues_of(client, name=name)
    assert (issue["path"], issue["message"]) == (["name"], message)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"labels": ["ok", "NO"]}, ["labels", 1]),
        ({"labels": ["x" * 37]}, ["labels", 0]),
        ({"labels": [""]}, ["labels", 0]),
        ({"tags": ["a\0"]}, ["tags", 0]),
        ({"commitMessage": "x" * 501}, ["commitMessage"]),
        ({"type": "chat", "prompt": [SAID], "name": "/x"}, ["name"]),
    ],
)
async def test_a_rule_of_one_field_is_named(
    client: Person, body: dict[str, Any], path: list[Any]
) -> None:
    issues = await issues_of(client, **body)
    assert {tuple(issue["path"]) for issue in issues} == {tuple(path)}


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": 5},
        {"prompt": None},
        {"type": "image"},
        {"type": "chat"},
        {"type": None},
        {"prompt": [SAID]},
        {"type": "chat", "prompt": [{"role": "user"}]},
        {"type": "chat", "prompt": ["x"]},
        {"type": "chat", "prompt": [{"type": "placeholder", "name": "1x"}]},
        {"labels": "production"},
        {"tags": [1]},
        {"commitMessage": 5},
        {"name": None},
    ],
)
async def test_what_fits_neither_form_is_told_both_reasons(
    client: Person, body: dict[str, Any]
) -> None:
    [issue] = await issues_of(client, **body)
    assert issue["code"] == "invalid_union"
    assert all(issue["errors"])
    assert len(issue["errors"]) == 2


async def test_a_body_that_is_no_object_is_refused(client: Person) -> None:
    for sent in (b"[]", b"5", b"null", b'"x"'):
        headers = {"content-type": "application/json"}
        for path in (PROMPTS, V1):
            answer = await client.post(path, content=sent, headers=headers)
            assert answer.status_code == 400
        patched = await client.asks(
            "PATCH", f"{PROMPTS}/x/versions/1", content=sent, headers=headers
        )
        assert patched.status_code == 400
    assert (await client.post(PROMPTS, content=b"{}")).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"newLabels": []}, 200),
        ({"newLabels": ["Any thing"], "name": "greet", "version": 1}, 200),
        ({"newLabels": ["a", "latest"]}, 400),
        ({"newLabels": ["x" * 501]}, 400),
        ({"newLabels": ["\0"]}, 400),
        ({"newLabels": "x"}, 400),
        ({}, 400),
    ],
)
async def test_labels_are_given(client: Person, body: dict[str, Any], status: int) -> None:
    await made(client)
    answer = await client.asks("PATCH", f"{PROMPTS}/greet/versions/1", json=body)
    assert answer.status_code == status, answer.text


async def test_labels_of_no_version_are_not_given(client: Person) -> None:
    await made(client)
    for version, status in (("2", 404), ("0", 404), ("-1", 404), ("x", 400), ("1.5", 400)):
        path = f"{PROMPTS}/greet/versions/{version}"
        answer = await client.asks("PATCH", path, json={"newLabels": ["x"]})
        assert answer.status_code == status, version


async def test_nothing_but_all_is_deleted_by_an_empty_choice(client: Person) -> None:
    await made(client)
    for query in ("version=0", "label=", "version=2", "label=no"):
        answer = await client.asks("DELETE", f"{PROMPTS}/greet?{query}")
        assert (answer.status_code, query) == (404, query)
    assert (await client.reads(f"{PROMPTS}/greet?label=latest"))["version"] == 1


async def test_version_1_knows_the_active_version(client: Person) -> None:
    active = await made(client, V1, isActive=True, labels=["blue"])
    passive = await made(client, V1, isActive=False)

    assert (active["isActive"], active["labels"]) == (True, ["blue", "production", "latest"])
    assert (passive["isActive"], passive["labels"]) == (False, ["latest"])
    assert (await client.reads(f"{V1}?name=greet"))["version"] == 1
    assert (await client.reads(f"{V1}?name=greet&version=2"))["isActive"] is False


async def test_references_are_resolved_unless_told_otherwise(client: Person) -> None:
    await made(client, name="child", prompt="c")
    tag = "@@@langfusePrompt:name=child|label=latest@@@"
    root = await made(client, prompt=f"<{tag}>", labels=["production"])
    read = await client.reads(f"{PROMPTS}/greet")
    raw = await client.reads(f"{PROMPTS}/greet?resolve=false")

    assert read["prompt"] == "<c>"
    assert read["resolutionGraph"]["root"]["id"] == root["id"]
    assert (raw["prompt"], raw["resolutionGraph"]) == (f"<{tag}>", None)
    assert (await client.reads(f"{V1}?name=greet"))["prompt"] == "<c>"


async def test_lists_are_pages_of_names(client: Person) -> None:
    for name in ("b", "a", "a", "c"):
        await made(client, name=name, config={"n": name})
    page = await client.reads(f"{PROMPTS}?limit=2")

    assert [(row["name"], row["versions"]) for row in page["data"]] == [("a", [1, 2]), ("b", [1])]
    assert page["meta"] == page["pagination"]
    assert page["meta"] == {"page": 1, "limit": 2, "totalPages": 2, "totalItems": 3}
    assert page["data"][0]["lastConfig"] == {"n": "a"}
    assert (await client.reads(PROMPTS))["meta"]["limit"] == 10
    assert [row["name"] for row in (await client.reads(f"{PROMPTS}?limit=2&page=2"))["data"]] == [
        "c"
    ]
    assert (await client.reads(f"{PROMPTS}?page=9007199254740991"))["data"] == []
    assert (await client.reads(f"{PROMPTS}?name=%00&version=99999999999"))["data"] == []


async def test_lists_are_filtered_by_time(client: Person) -> None:
    changed = (await made(client))["updatedAt"]
    for query, number in (
        (f"fromUpdatedAt={changed}", 1),
        (f"toUpdatedAt={changed}", 0),
        ("fromUpdatedAt=2999-01-01T00:00:00Z", 0),
        ("toUpdatedAt=2999-01-01T00:00:00Z", 1),
    ):
        assert (await client.reads(f"{PROMPTS}?{query}"))["meta"]["totalItems"] == number


@pytest.mark.parametrize("query", ["page=0", "limit=0", "limit=101", "version=x", "toUpdatedAt=x"])
async def test_a_wrong_parameter_of_a_list_is_named(client: Person, query: str) -> None:
    answer = await client.get(f"{PROMPTS}?{query}")
    assert answer.status_code == 400
    [issue] = answer.json()["error"]
    assert issue["path"] == [query.partition("=")[0]]


async def test_large_bodies_and_configs_are_refused_and_counted(
    client: Person, app: FastAPI, services: Services
) -> None:
    app.state.services = dataclasses.replace(
        services,
        settings=dataclasses.replace(
            services.settings, prompt_body_bytes_max=2_000, prompt_config_bytes_max=1_000
        ),
    )
    counter = metrics.LIMIT_HITS.labels("prompt_config_bytes_max")
    before = counter._value.get()
    large = await client.post(PROMPTS, json={**TEXT, "config": "x" * 1_000})
    larger = await client.post(PROMPTS, json={**TEXT, "prompt": "x" * 2_000})

    assert (large.status_code, larger.status_code) == (400, 413)
    assert "1000 bytes" in large.json()["message"]
    assert counter._value.get() == before + 1


async def test_large_answers_wait_for_room_as_large_bodies_do(client: Person, app: FastAPI) -> None:
    await made(client, name="small", config="c", labels=["production"])
    await made(client, name="large", prompt="x" * 70_000, labels=["production"])
    await made(client, name="set", config="x" * 70_000)
    found = [layer.kwargs.get("budget") for layer in app.user_middleware]
    [budget] = [each for each in found if isinstance(each, Budget)]
    budget.wait_seconds = 0.05
    room = budget.bytes_max - budget.held - 10_000
    await budget.take(room)
    refused = [
        await client.get(f"{PROMPTS}/large"),
        await client.get(f"{V1}?name=large"),
        await client.get(PROMPTS),
        await client.asks("PATCH", f"{PROMPTS}/large/versions/1", json={"newLabels": ["x"]}),
    ]
    assert [answer.status_code for answer in refused] == [503] * 4
    assert all(answer.headers["retry-after"] for answer in refused)
    assert (await client.get(f"{PROMPTS}/small")).status_code == 200

    budget.release(room)
    large = await client.reads(f"{PROMPTS}/large")
    assert large["labels"] == ["production", "latest"]
    assert budget.held == 0


async def test_prompts_are_their_project_s(client: Person, bob: Person, charlie: Person) -> None:
    await made(client, labels=["production"])

    assert (await bob.reads(f"{PROMPTS}/greet"))["version"] == 1
    assert (await charlie.get(f"{PROMPTS}/greet")).status_code == 404
    assert (await charlie.reads(PROMPTS))["data"] == []
    assert (await charlie.asks("DELETE", f"{PROMPTS}/greet")).status_code == 404
    patched = await charlie.asks("PATCH", f"{PROMPTS}/greet/versions/1", json={"newLabels": ["x"]})
    assert patched.status_code == 404


async def test_a_project_key_is_needed(nobody: Person, olivia: Person) -> None:
    for person, status in ((nobody, 401), (olivia, 403)):
        for method, path in (
            ("GET", PROMPTS),
            ("POST", PROMPTS),
            ("GET", V1),
            ("POST", V1),
            ("GET", f"{PROMPTS}/x"),
            ("DELETE", f"{PROMPTS}/x"),
            ("PATCH", f"{PROMPTS}/x/versions/1"),
        ):
            assert (await person.asks(method, path)).status_code == status


# -- observations ------------------------------------------------------------------------------


def generation(id_: str, **more: Any) -> dict[str, Any]:
    more = {"promptName": "greet", "promptVersion": 1, **more}
    return event("generation-create", id=id_, traceId="t", name="g", **more)


async def linked(person: Person, id_: str) -> tuple[Any, Any, Any]:
    row = await person.reads(f"/api/public/observations/{id_}")
    return row["promptId"], row["promptName"], row["promptVersion"]


async def test_an_observation_is_linked_to_the_prompt_it_names(client: Person) -> None:
    first, second = await made(client), await made(client)
    await client.ingests(
        trace("t"),
        generation("o1"),
        generation("o2", promptVersion=2),
        generation("o3", promptVersion=3),
        generation("o4", promptName="another"),
    )

    assert await linked(client, "o1") == (first["id"], "greet", 1)
    assert await linked(client, "o2") == (second["id"], "greet", 2)
    assert await linked(client, "o3") == (None, None, None)
    assert await linked(client, "o4") == (None, None, None)


async def test_deleting_a_prompt_changes_no_observation(client: Person) -> None:
    first = await made(client)
    await client.ingests(trace("t"), generation("o1"))
    assert (await linked(client, "o1"))[0] == first["id"]
    assert (await client.asks("DELETE", f"{PROMPTS}/greet")).status_code == 204
    await client.ingests(event("generation-update", id="o1", traceId="t", output="late"))
    await client.ingests(generation("o2"))

    assert await linked(client, "o1") == (first["id"], "greet", 1)
    assert await linked(client, "o2") == (None, None, None)


async def test_a_link_follows_a_later_event(client: Person) -> None:
    await made(client)
    second = await made(client)
    await client.ingests(trace("t"), generation("o1"))
    await client.ingests(generation("o1", promptVersion=2))
    assert await linked(client, "o1") == (second["id"], "greet", 2)

    await client.ingests(generation("o1", promptVersion=7))
    assert await linked(client, "o1") == (None, None, None)


async def test_prompts_of_another_project_are_not_linked(client: Person, charlie: Person) -> None:
    await made(charlie)
    await client.ingests(trace("t"), generation("o1"))

    assert await linked(client, "o1") == (None, None, None)
