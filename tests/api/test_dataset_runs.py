"""Runs over datasets: made by run items, by spans of experiments, and by both."""

import dataclasses
import hashlib
from typing import Any

import pytest

from collector import experiment_runs
from collector.services import Services
from tests.api.events import generation, trace
from tests.api.people import Person
from tests.ingest.exports import json_export, json_span

V1 = "/api/public/datasets"
ITEMS = "/api/public/dataset-items"
LINKS = "/api/public/dataset-run-items"
OTLP = "/api/public/otel/v1/traces"


async def has_items(person: Person, *ids: str, name: str = "qa") -> str:
    """The id of the dataset."""
    dataset = (await person.post("/api/public/v2/datasets", json={"name": name})).json()
    for item_id in ids:
        body = {"datasetName": name, "id": item_id, "input": item_id}
        assert (await person.post(ITEMS, json=body)).status_code == 200
    return str(dataset["id"])


async def links(person: Person, item_id: str, **body: Any) -> Any:
    sent = {"runName": "run 1", "datasetItemId": item_id, "traceId": "t", **body}
    answer = await person.post(LINKS, json=sent)
    assert answer.status_code == 200, answer.text
    return answer.json()


def root_of(item_id: str, number: int, dataset_id: str, **more: str) -> dict[str, Any]:
    """The span with which a newer SDK stands for one item of the experiment `run 1`."""
    span_id = f"{number:016x}"
    said = {
        "id": "any",
        "name": "run 1",
        "dataset.id": dataset_id,
        "item.id": item_id,
        "item.root_observation_id": span_id,
        **more,
    }
    attributes = [
        {"key": f"langfuse.experiment.{key}", "value": {"stringValue": value}}
        for key, value in said.items()
    ]
    return json_span(traceId=f"{number:032x}", spanId=span_id, attributes=attributes)


async def exports(person: Person, *spans: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    answer = await person.post(OTLP, content=json_export(*spans), headers=headers)
    assert answer.status_code == 200, answer.text


def run_id(dataset_id: str, name: str = "run 1") -> str:
    text = f'["langfuse-experiment-v1","project-a","{dataset_id}","{name}"]'
    return hashlib.sha256(text.encode()).hexdigest()[:16]


async def test_a_run_item_and_its_run_are_answered_with_every_key(client: Person) -> None:
    dataset_id = await has_items(client, "a")
    link = await links(
        client, "a", runDescription="d", metadata={"m": 1}, createdAt="2026-11-20T12:00:00Z"
    )
    item = {
        "id": link["id"],
        "datasetRunId": run_id(dataset_id),
        "datasetRunName": "run 1",
        "datasetItemId": "a",
        "traceId": "t",
        "observationId": None,
        "createdAt": "2026-11-20T12:00:00.000Z",
        "updatedAt": "2026-11-20T12:00:00.000Z",
    }
    run = {
        "id": run_id(dataset_id),
        "name": "run 1",
        "description": "d",
        "metadata": {"m": 1},
        "datasetId": dataset_id,
        "datasetName": "qa",
        "createdAt": "2026-11-20T12:00:00.000Z",
        "updatedAt": "2026-11-20T12:00:00.000Z",
    }

    assert link == item
    assert await client.reads(f"{V1}/qa/runs/run%201") == run | {"datasetRunItems": [item]}
    assert (await client.reads(f"{V1}/qa/runs"))["data"] == [run]
    assert (await client.reads(f"{LINKS}?datasetId={dataset_id}&runName=run%201"))["data"] == [item]
    assert (await client.reads(f"{V1}/qa"))["runs"] == ["run 1"]
    assert (await client.reads(V1))["data"][0]["runs"] == ["run 1"]


async def test_the_newest_item_counts_and_the_first_description_stays(client: Person) -> None:
    await has_items(client, "a", "b")
    await links(client, "a", metadata=[1], traceId="t1")
    await links(client, "b", metadata={"z": 1}, runDescription="late", traceId="t2")
    await links(client, "a", traceId="t3")
    run = await client.reads(f"{V1}/qa/runs/run%201")

    assert (run["description"], run["metadata"]) == (None, {"metadata": [1]})
    assert {item["traceId"] for item in run["datasetRunItems"]} == {"t2", "t3"}


async def test_a_run_of_an_older_version_says_so(client: Person) -> None:
    await has_items(client, "a")
    version = (await client.reads(f"{ITEMS}/a"))["createdAt"]
    await client.post(ITEMS, json={"datasetName": "qa", "id": "a", "status": "ARCHIVED"})
    await links(client, "a", datasetVersion=version)

    run = await client.reads(f"{V1}/qa/runs/run%201")
    assert run["metadata"] == {"dataset_version": version}


async def test_the_trace_of_an_observation_is_looked_up(client: Person) -> None:
    await has_items(client, "a")
    await client.ingests(trace("t1"), generation("g1", "t1"))
    link = await links(client, "a", traceId=None, observationId="g1")
    body = {"runName": "r", "datasetItemId": "a", "observationId": "nobody"}
    answer = await client.post(LINKS, json=body)

    assert (link["traceId"], link["observationId"]) == ("t1", "g1")
    assert (answer.status_code, answer.json()["message"]) == (
        404,
        "Observation with id nobody not found",
    )


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, [["runName"], ["datasetItemId"]]),
        ({"runName": "", "datasetItemId": "a", "traceId": "t"}, [["runName"]]),
        ({"runName": "r", "datasetItemId": "a"}, [["observationId", "traceId"]]),
        ({"runName": "r", "datasetItemId": "a", "traceId": "t", "x": 1}, [[]]),
        ({"runName": "r", "datasetItemId": "a", "traceId": "\u0000"}, [["traceId"]]),
        ({"runName": "r", "datasetItemId": "a", "traceId": "t", "createdAt": 5}, [["createdAt"]]),
        ([], [[]]),
    ],
)
async def test_a_wrong_body_is_refused(client: Person, body: Any, paths: list[Any]) -> None:
    answer = await client.post(LINKS, json=body)

    assert answer.status_code == 400
    assert [issue["path"] for issue in answer.json()["error"]] == paths


async def test_an_archived_or_unknown_item_is_not_found(client: Person) -> None:
    await has_items(client, "a")
    await client.post(ITEMS, json={"datasetName": "qa", "id": "a", "status": "ARCHIVED"})
    for item_id in ("a", "nobody"):
        body = {"runName": "r", "datasetItemId": item_id, "traceId": "t"}
        answer = await client.post(LINKS, json=body)

        assert (answer.status_code, answer.json()["message"]) == (404, "Dataset item not found")
    assert (await client.reads(f"{V1}/qa/runs"))["data"] == []


async def test_spans_and_run_items_meet_in_one_run(client: Person) -> None:
    dataset_id = await has_items(client, "a", "b")
    described = {"description": "d", "metadata": '{"model": "m"}'}
    await exports(client, root_of("a", 1, dataset_id, **described))
    await links(client, "b", runDescription="other")
    run = await client.reads(f"{V1}/qa/runs/run%201")
    items = {item["datasetItemId"]: item for item in run["datasetRunItems"]}

    assert run["id"] == run_id(dataset_id)
    assert items.keys() == {"a", "b"}
    assert (items["a"]["traceId"], items["a"]["observationId"]) == (f"{1:032x}", f"{1:016x}")
    assert {item["datasetRunId"] for item in items.values()} == {run["id"]}


async def test_a_run_of_spans_alone_says_what_they_say(client: Person, charlie: Person) -> None:
    dataset_id = await has_items(client, "a", "b")
    theirs = await has_items(charlie, "a", "b")
    described = {"description": "d", "metadata": '{"model": "m"}'}
    await exports(client, root_of("a", 1, dataset_id, **described))
    first = await client.reads(f"{V1}/qa/runs/run%201")
    await exports(client, root_of("b", 2, dataset_id), root_of("b", 3, theirs))
    second = await client.reads(f"{V1}/qa/runs/run%201")

    assert (first["description"], first["metadata"]) == ("d", {"model": "m"})
    assert (len(first["datasetRunItems"]), len(second["datasetRunItems"])) == (1, 2)
    assert (await charlie.reads(f"{V1}/qa/runs"))["data"] == []


async def test_more_spans_than_one_step_takes_are_all_folded(
    client: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment_runs, "_ROOTS_MAX", 3)
    dataset_id = await has_items(client)
    spans = [root_of(f"i{number}", number, dataset_id) for number in range(1, 12)]
    await exports(client, *spans)
    query = f"{LINKS}?datasetId={dataset_id}&runName=run%201&limit=5&page=3"
    found = await client.reads(query)

    assert (len(found["data"]), found["meta"]["totalItems"]) == (1, 11)


async def test_children_of_a_root_are_no_items(client: Person) -> None:
    dataset_id = await has_items(client, "a")
    child = root_of("a", 2, dataset_id, **{"item.root_observation_id": f"{1:016x}"})
    await exports(client, child)

    assert (await client.reads(f"{V1}/qa/runs"))["data"] == []


async def test_a_deleted_run_stays_away_until_it_is_made_again(client: Person) -> None:
    dataset_id = await has_items(client, "a", "b")
    await exports(client, root_of("a", 1, dataset_id))
    await links(client, "b", runDescription="first")
    path = f"{V1}/qa/runs/run%201"
    answers = [await client.asks("DELETE", path) for _ in range(2)]
    gone = await client.get(path)
    await links(client, "b", runDescription="second")
    again = await client.reads(path)

    assert [answer.status_code for answer in answers] == [200, 404]
    assert answers[0].json() == {"message": "Dataset run successfully deleted"}
    assert (gone.status_code, gone.json()["message"]) == (404, "Dataset run not found")
    assert again["description"] == "second"
    assert [item["datasetItemId"] for item in again["datasetRunItems"]] == ["b"]


@pytest.mark.parametrize("name", ["a/runs/b", "a b/c", "runs", "100%25"])
@pytest.mark.parametrize("run_name", ["x/runs/y", "fx run/1", "r%2Fs"])
async def test_names_of_any_form_are_found(client: Person, name: str, run_name: str) -> None:
    await has_items(client, "a", name=name)
    await links(client, "a", runName=run_name)
    quoted = "/runs/".join(
        "".join(f"%{byte:02X}" for byte in text.encode()) for text in (name, run_name)
    )
    found = await client.reads(f"{V1}/{quoted}")

    assert (found["datasetName"], found["name"]) == (name, run_name)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (f"{V1}/nobody/runs", "Dataset not found"),
        (f"{V1}/nobody/runs/r", "Dataset run not found"),
        (f"{V1}/qa/runs/%00", "Dataset run not found"),
        (f"{LINKS}?datasetId=x&runName=r", "Dataset run not found for the given project and "),
        (f"{LINKS}?datasetId=%00&runName=r", "Dataset run not found for the given project and "),
    ],
)
async def test_what_is_unknown_is_not_found(client: Person, path: str, message: str) -> None:
    await has_items(client)
    answer = await client.get(path)

    assert answer.status_code == 404
    assert answer.json()["message"].startswith(message)


async def test_the_list_of_items_asks_for_its_run(client: Person) -> None:
    answer = await client.get(LINKS)

    assert answer.status_code == 400
    assert [issue["path"] for issue in answer.json()["error"]] == [["datasetId"], ["runName"]]


async def test_another_project_sees_no_run(client: Person, charlie: Person) -> None:
    dataset_id = await has_items(client, "a")
    await links(client, "a")
    body = {"runName": "r", "datasetItemId": "a", "traceId": "t"}

    assert (await charlie.get(f"{V1}/qa/runs/run%201")).status_code == 404
    assert (await charlie.get(f"{LINKS}?datasetId={dataset_id}&runName=run%201")).status_code == 404
    assert (await charlie.post(LINKS, json=body)).status_code == 404


async def test_a_run_of_too_many_items_says_where_to_read_them(
    client: Person, services: Services
) -> None:
    await has_items(client, "a", "b")
    await links(client, "a")
    await links(client, "b")
    services.settings = dataclasses.replace(services.settings, dataset_listed_max=1)
    answer = await client.get(f"{V1}/qa/runs/run%201")

    assert answer.status_code == 422
    assert LINKS in answer.json()["message"]


async def test_spans_that_come_after_a_long_look_are_found(client: Person) -> None:
    dataset_id = await has_items(client, "a", "b")
    assert (await client.reads(f"{V1}/qa/runs"))["data"] == []
    await exports(client, root_of("a", 1, dataset_id))
    assert len((await client.reads(f"{V1}/qa/runs/run%201"))["datasetRunItems"]) == 1
    await exports(client, root_of("b", 2, dataset_id))
    assert len((await client.reads(f"{V1}/qa/runs/run%201"))["datasetRunItems"]) == 2
