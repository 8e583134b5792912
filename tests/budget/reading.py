"""Asks the running service, patiently: it may be behind."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

from tests.servers.service import Service

_PATIENCE_SECONDS = 60


def get(service: Service, path: str) -> Any:
    """The JSON of the answer once it is no 503."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return json.loads(_fetch(service, path))
        except urllib.error.HTTPError as error:
            with error:
                if error.code != 503 or time.monotonic() > deadline:
                    raise AssertionError(f"{path}: {error.code} {error.read()!r}") from error
            time.sleep(0.2)


def metric(service: Service, name: str) -> float:
    """One figure of /metrics."""
    for line in _fetch(service, "/metrics").decode().splitlines():
        if line.startswith(name + " "):
            return float(line.rpartition(" ")[2])
    raise AssertionError(f"there is no metric {name}")


def _fetch(service: Service, path: str) -> bytes:
    headers = {"Authorization": service.authorization}
    request = urllib.request.Request(service.base_url + path, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        data: bytes = answer.read()
        return data
