"""Datasets as two generations of the published SDK for Python write and read them."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.turns import asking, get, told_by
from tests.servers.fixtures import StartService
from tests.servers.service import Service

pytestmark = pytest.mark.timeout(300)

ITEMS = {"sdk-a": [{"q": "sdk-a"}, "SDK-A"], "sdk-b": [{"q": "sdk-b"}, "SDK-B"]}


def read_run(service: Service, name: str, run_name: str) -> dict[str, Any]:
    path = f"/api/public/datasets/{quote(name, safe='')}/runs/{quote(run_name, safe='')}"
    with asking(service) as http:
        return get(http, path)


def traces_of(run: dict[str, Any]) -> dict[str, str]:
    return {item["datasetItemId"]: item["traceId"] for item in run["datasetRunItems"]}


def test_sdk_2_writes_a_dataset_links_a_run_and_reads_both(start_service: StartService) -> None:
    service = start_service()
    told = told_by("datasets_py2", service, "qa set/2", "run 1")
    run = read_run(service, "qa set/2", "run 1")

    assert told["items"] == ITEMS
    assert traces_of(run) == told["traces"]
    assert (run["description"], run["metadata"]) == ("by hand", {"sdk": 2})
    assert told["run"]["id"] == run["id"]
    assert [row["name"] for row in told["runs"]["data"]] == ["run 1"]


def test_sdk_5_runs_an_experiment_that_is_a_run(start_service: StartService) -> None:
    service = start_service()
    told = told_by("datasets_py5", service, "qa set/5", "run 1")
    run = read_run(service, "qa set/5", "run 1")

    assert (told["items"], told["schema"]) == (ITEMS, {"type": "object", "required": ["q"]})
    assert run["id"] == told["run_id"]
    assert traces_of(run) == told["traces"]
    assert (run["description"], run["metadata"]["sdk"]) == ("by SDK 5", "5")


def test_both_generations_meet_in_one_run(start_service: StartService) -> None:
    service = start_service()
    newer = told_by("datasets_py5", service, "shared", "run 1")
    older = told_by("datasets_py2", service, "shared", "run 1")
    run = read_run(service, "shared", "run 1")
    with asking(service) as http:
        runs = get(http, "/api/public/datasets/shared/runs")

    assert newer["id"] == older["id"]
    assert run["id"] == newer["run_id"] == older["run"]["id"]
    # the latest link of an item counts
    assert traces_of(run) == older["traces"]
    assert [row["name"] for row in runs["data"]] == ["run 1"]
