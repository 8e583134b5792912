"""`understudy reprice`, handed over and alone, ended in the middle and resumed."""

import json
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.commands.reprice import only_one
from collector.errors import Conflict
from tests.budget.reading import get, metric
from tests.commands.conftest import Done, Shell
from tests.servers.service import PROJECT_ID, Service

USED = {"input": 100, "output": 10}
DEADLINE_SECONDS = 60


def post(service: Service, path: str, body: Any) -> Any:
    headers = {"Authorization": service.authorization, "Content-Type": "application/json"}
    data = json.dumps(body).encode()
    request = urllib.request.Request(service.base_url + path, data, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def generations(first: int, amount: int) -> dict[str, Any]:
    """Each in a trace of its own, a second apart."""
    batch = []
    for number in range(first, first + amount):
        minute, second = divmod(number % 3600, 60)
        moment = f"2026-11-{number // 3600 + 1:02}T12:{minute:02}:{second:02}.000Z"
        body: dict[str, Any] = {"id": f"g{number}", "traceId": f"t{number}", "startTime": moment}
        body |= {"model": "local", "usageDetails": USED, "input": "in " * 200}
        event = {"id": f"e{number}", "type": "generation-create", "timestamp": moment}
        batch.append(event | {"body": body})
    return {"batch": batch}


def send(service: Service, amount: int) -> None:
    """Returns once all of them are stored: what is stored later has later prices."""
    for first in range(0, amount, 500):
        post(service, "/api/public/ingestion", generations(first, min(500, amount - first)))
    assert get(service, "/api/public/observations?limit=1")["meta"]["totalItems"] == amount


def price(service: Service, **prices: Any) -> None:
    model = {"modelName": "local", "matchPattern": "(?i)^local$", "unit": "TOKENS", **prices}
    post(service, "/api/public/models", model)


def observations(service: Service) -> dict[str, Any]:
    """All by id, without when they were changed."""
    found: dict[str, Any] = {}
    page = pages = 1
    while page <= pages:
        answer = get(service, f"/api/public/observations?limit=100&page={page}")
        for row in answer["data"]:
            assert row["id"] not in found
            found[row["id"]] = {name: row[name] for name in row if name != "updatedAt"}
        page, pages = page + 1, answer["meta"]["totalPages"]
    return found


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path / "data")
    made.start()
    yield made
    made.close()


@pytest.mark.parametrize("is_running", [True, False])
def test_costs_become_what_they_would_have_been(service: Service, is_running: bool) -> None:
    shell = Shell(service.environ())
    send(service, 30)
    before = observations(service)
    price(service, inputPrice=0.01, outputPrice=0.1)
    if not is_running:
        service.stop()
    rehearsed = shell("reprice", "--dry-run")
    done = shell("reprice", "--json")
    if not is_running:
        service.start()
    after = observations(service)
    post(service, "/api/public/ingestion", generations(30, 1))
    fresh = observations(service)["g30"]

    assert "would change 30\n" in rehearsed.out
    assert "0.000000 USD before, 60.000000 USD after" in rehearsed.out
    assert json.loads(done.out) == {
        "project": PROJECT_ID,
        "dry_run": False,
        "looked_at": 30,
        "changed": 30,
        "cost_before": 0.0,
        "cost_after": 60.0,
        "unpriced": {},
    }
    assert "reprice: 30 of 30 observations, 30 changed\n" in done.err
    told = {name for name in fresh if fresh[name] != before["g0"][name]}
    priced = {name: fresh[name] for name in told if "rice" in name or "ost" in name}
    assert priced["costDetails"] == {"input": 1, "output": 1, "total": 2}
    priced["modelId"] = fresh["modelId"]
    assert after == {key: row | priced for key, row in before.items()}


def test_a_price_of_nothing_and_a_range(service: Service) -> None:
    shell = Shell(service.environ())
    send(service, 30)
    missing = shell("reprice")
    price(service, inputPrice=0, outputPrice=0)
    limits = ("--from", "2026-11-01T12:00:10Z", "--until", "2026-11-01T12:00:20")
    done = shell("reprice", *limits, "--model", "local", "--model", "other")
    costs = [row["costDetails"] for row in observations(service).values()]

    assert missing.out.endswith("usage without a price:\n        30  local\n")
    assert "looked at 10 observations with a model, changed 10\n" in done.out
    assert "usage without" not in done.out
    assert costs.count({"input": 0, "output": 0, "total": 0}) == 10
    assert costs.count({}) == 20


def test_what_cannot_be_meant_is_refused(shell: Shell) -> None:
    assert shell("reprice", "--from", "yesterday").code == 2
    done = shell("reprice", "--project", "nowhere")
    assert done.code == 1
    assert "there is no project nowhere" in done.err


def test_only_one_run_at_a_time_and_project() -> None:
    with only_one("p"), only_one("q"), pytest.raises(Conflict), only_one("p"):
        pass
    with only_one("p"):
        pass


def test_what_is_changed_is_counted(service: Service) -> None:
    shell = Shell(service.environ())
    send(service, 20)
    price(service, inputPrice=0.01)
    shell("reprice")

    assert metric(service, "understudy_repriced_observations_total") == 20


AMOUNT = 8_000


def checkpoints(service: Service) -> list[dict[str, Any]]:
    """What the registry has of runs that are not finished."""
    connection = sqlite3.connect(service.data_dir / "registry.sqlite")
    query = "select body from job_checkpoints where name like 'reprice:%'"
    found = [json.loads(row[0]) for row in connection.execute(query)]
    connection.close()
    return found


def killed_in_the_middle(service: Service, shell: Shell) -> dict[str, Any]:
    """The checkpoint of a run; the service is up again."""
    ended: list[Done] = []
    first = threading.Thread(target=lambda: ended.append(shell("reprice")))
    first.start()
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not checkpoints(service):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    service.kill()
    first.join()
    (kept,) = checkpoints(service)
    service.start()

    assert ended[0].code == 1
    assert 0 < kept["looked_at"] < AMOUNT
    return kept


@pytest.mark.timeout(180)
def test_a_killed_run_goes_on_where_it_stopped(service: Service) -> None:
    """What was noted as done is on the disk, and nothing is there twice."""
    shell = Shell(service.environ())
    send(service, AMOUNT)
    price(service, inputPrice=0.01)
    kept = killed_in_the_middle(service, shell)
    resumed = json.loads(shell("reprice", "--json").out)
    changed = metric(service, "understudy_repriced_observations_total")
    found = observations(service)
    again = json.loads(shell("reprice", "--json").out)

    assert 0 < changed <= AMOUNT - kept["looked_at"]
    # A batch that reached the disk just before the kill is found as it should be.
    assert resumed["looked_at"] == AMOUNT
    assert resumed["changed"] == kept["changed"] + changed
    assert resumed["cost_after"] == pytest.approx(AMOUNT)
    assert len(found) == AMOUNT
    assert {row["calculatedTotalCost"] for row in found.values()} == {1}
    assert (again["looked_at"], again["changed"]) == (AMOUNT, 0)
    assert checkpoints(service) == []


@pytest.mark.timeout(180)
@pytest.mark.parametrize("reason", ["--restart", "another price"])
def test_a_killed_run_begins_anew(service: Service, reason: str) -> None:
    shell = Shell(service.environ())
    send(service, AMOUNT)
    price(service, inputPrice=0.01)
    kept = killed_in_the_middle(service, shell)
    if reason == "another price":
        own = "(?i)^local|never$"
        price(
            service,
            modelName="dearer",
            matchPattern=own,
            startDate="2026-01-01T00:00:00Z",
            inputPrice=1,
        )
    done = json.loads(shell("reprice", "--json", *([reason] if reason.startswith("-") else [])).out)

    assert done["looked_at"] == AMOUNT
    if reason == "--restart":
        assert done["changed"] <= AMOUNT - kept["changed"]
        assert done["cost_before"] >= kept["changed"]
    else:
        assert done["changed"] == AMOUNT
        assert done["cost_after"] == pytest.approx(100 * AMOUNT)
