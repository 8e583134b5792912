"""Raw requests to the running service, and what every answer must be like."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.servers.service import Service

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Reply:
    """Status and the JSON of the body."""

    status: int
    body: Any


class Wire:
    """Sends whatever bytes it is given; each answer is checked."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", service.port, timeout=_TIMEOUT_SECONDS
        )

    def post(self, path: str, body: bytes, **headers: str) -> Reply:
        """POST; header names with _ for -."""
        return self.send("POST", path, body, **{"content_type": "application/json", **headers})

    def get(self, path: str) -> Reply:
        """GET."""
        return self.send("GET", path, None)

    def send(self, method: str, path: str, body: bytes | None, **headers: str) -> Reply:
        """One request. The answer must be JSON of the contract's shape, and no 5xx."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("authorization", self._service.authorization)
        self._connection.request(method, path, body, sent)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status == 204:
            assert data == b""
            return Reply(204, None)
        assert answer.status < 500, (answer.status, data[:500], self._service.log[-3000:])
        assert answer.headers["content-type"].startswith("application/json"), data[:200]
        found = json.loads(data)
        assert answer.status < 400 or _is_refusal(found), found
        return Reply(answer.status, found)

    def close(self) -> None:
        """The service must have outlived it all."""
        self._connection.close()
        assert self._service.process.poll() is None, self._service.log[-3000:]
        assert self._service.status("/healthz") == 200


def _is_refusal(found: Any) -> bool:
    """A sentence, or an object with a message; OTLP's has an error alone."""
    if isinstance(found, str):
        return bool(found)
    return isinstance(found, dict) and isinstance(found.get("message", found.get("error")), str)
