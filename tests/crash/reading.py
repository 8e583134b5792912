"""Reads a whole project through its lists."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

from tests.servers.service import Service

_PATHS = {
    "traces": "/api/public/traces",
    "observations": "/api/public/observations",
    "scores": "/api/public/v2/scores",
}
_PATIENCE_SECONDS = 30


def get(service: Service, path: str) -> Any:
    """The answer's JSON; a service that is behind is asked again."""
    headers = {"Authorization": service.authorization}
    request = urllib.request.Request(service.base_url + path, headers=headers)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.monotonic() > deadline:
                raise AssertionError(f"{path}: {error.code} {error.read()!r}") from error
            error.close()
            time.sleep(0.2)


def everything(service: Service, kind: str) -> dict[str, dict[str, Any]]:
    """All records by id. Nothing may come twice, and the total must be their number."""
    found: dict[str, dict[str, Any]] = {}
    page, pages = 1, 1
    while page <= pages:
        answer = get(service, f"{_PATHS[kind]}?limit=100&page={page}")
        for record in answer["data"]:
            assert record["id"] not in found, f"{kind} {record['id']} is listed twice"
            found[record["id"]] = record
        pages, total = answer["meta"]["totalPages"], answer["meta"]["totalItems"]
        page += 1
    assert total == len(found), f"{total} {kind} are counted, {len(found)} listed"
    return found
