"""Pricing 30,000 sealed observations anew stays within the budget, and lets others read."""

import json
import random
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from collector.settings import load_settings
from collector.telemetry.store import Store
from tests.budget.reading import get, metric
from tests.budget.test_memory import PEAK_MIB
from tests.servers.service import Service

OBSERVATIONS = 30_000
_BATCH = 500
_PER_TRACE = 8


def post(service: Service, path: str, body: Any) -> None:
    headers = {"Authorization": service.authorization, "Content-Type": "application/json"}
    request = urllib.request.Request(service.base_url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def events(first: int, rng: random.Random) -> list[dict[str, Any]]:
    """Generations of 3 KB, eight to a trace; every fourth has its tokens estimated."""
    made = []
    for number in range(first, first + _BATCH):
        minute, second = divmod(number // 10, 60)
        moment = f"2026-11-{minute // 600 + 1:02}T12:{minute % 60:02}:{second:02}.000Z"
        texts = {side: rng.randbytes(750).hex() for side in ("input", "output")}
        body: dict[str, Any] = {"id": f"g{number}", "traceId": f"t{number // _PER_TRACE}"}
        body |= {"startTime": moment, "model": "local", **texts}
        if number % 4:
            body["usageDetails"] = {"input": 100, "output": 10}
        event = {"id": f"e{number}", "type": "generation-create", "timestamp": moment}
        made.append(event | {"body": body})
    return made


def seal(folder: Path) -> None:
    store = Store(load_settings({"data_dir": str(folder)}, environ={}))
    store.start()
    store.sealer.seal_now()
    store.close()


@pytest.mark.timeout(400)
def test_sealed_observations_are_priced_within_the_budget(tmp_path: Path) -> None:
    rng = random.Random(1)
    service = Service(tmp_path / "data")
    service.start()
    try:
        for first in range(0, OBSERVATIONS, _BATCH):
            post(service, "/api/public/ingestion", {"batch": events(first, rng)})
        get(service, "/api/public/observations?limit=1")
        service.stop(60)
        seal(service.data_dir)
        service.start()
        model = {"modelName": "local", "matchPattern": "(?i)^local$", "unit": "TOKENS"}
        post(service, "/api/public/models", model | {"inputPrice": 0.01, "outputPrice": 0.01})
        command = [sys.executable, "-m", "collector", "reprice", "--json"]
        with subprocess.Popen(command, env=service.environ(), stdout=subprocess.PIPE) as running:
            reads = refused = 0
            while running.poll() is None:
                status = service.status("/api/public/observations?limit=1")
                reads += status == 200
                refused += status == 422
            assert running.stdout is not None
            done = json.loads(running.stdout.read())
        found = get(service, "/api/public/observations?limit=100&page=300")
        failures = metric(service, "understudy_flush_failures_total")
        peak_mib = service.rss_peak_mib()
    finally:
        service.close()

    assert (done["looked_at"], done["changed"]) == (OBSERVATIONS, OBSERVATIONS)
    assert found["meta"]["totalItems"] == OBSERVATIONS
    assert all(row["calculatedTotalCost"] > 0 for row in found["data"])
    assert reads > 0
    assert refused == 0
    assert failures == 0
    assert peak_mib <= PEAK_MIB
