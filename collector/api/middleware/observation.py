"""What is seen of every request: an id, one log line, a duration, and no fault unanswered."""

import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector import logs, metrics
from collector.api.answers import JSONAnswer
from collector.api.budget import Budget, Held
from collector.api.faults import UNEXPECTED

log = logging.getLogger("understudy.access")

_CLIENT_GONE = 499
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observed:
    """The outermost layer: after it nothing of the request is left, held bytes included."""

    def __init__(self, app: ASGIApp, budget: Budget, version: str) -> None:
        self.app = app
        self.budget = budget
        self.version = version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on every connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        logs.request_id.set(request_id)
        logs.project.set(None)
        held = scope["held_bytes"] = Held(self.budget)
        answer = _Answer(send, scope, request_id, self.version)
        started = time.perf_counter()
        try:
            await self.app(scope, receive, answer.send)
        except ClientDisconnect:
            answer.status = answer.status or _CLIENT_GONE
        except Exception:
            log.exception("request failed")
            await self._apologise(scope, receive, answer)
        finally:
            held.give_back()
            _record(scope, answer.status, time.perf_counter() - started)

    async def _apologise(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        if answer.status == 0:
            await JSONAnswer(UNEXPECTED, status_code=500)(scope, receive, answer.send)


class _Answer:
    """Remembers the status and adds our headers."""

    def __init__(self, send: Send, scope: Scope, request_id: str, version: str) -> None:
        self._send = send
        self._scope = scope
        self._request_id = request_id
        self._version = version
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self._request_id
            headers["x-understudy-version"] = self._version
            if missing := self._scope.get("missing_files"):
                headers["x-understudy-missing"] = ", ".join(missing)
        await self._send(message)


def _request_id(scope: Scope) -> str:
    sent = Headers(scope=scope).get("x-request-id", "")
    return sent if _REQUEST_ID.fullmatch(sent) else uuid4().hex


def _record(scope: Scope, status: int, duration_seconds: float) -> None:
    """By the route's template: a path would let clients make up labels."""
    route = getattr(scope.get("route"), "path", "unmatched")
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    metrics.HTTP_DURATION.labels(route, method, str(status)).observe(duration_seconds)
    log.info(
        "request",
        extra={
            "route": route,
            "method": method,
            "code": status,
            "duration_ms": round(duration_seconds * 1000, 1),
        },
    )
