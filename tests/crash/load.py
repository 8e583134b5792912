"""Senders that write through both doors while the service lasts, and note what it acknowledged."""

import http.client
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from threading import Event, Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.crash.ledger import Fields, Key, Ledger
from tests.servers.service import Service

_START = 1_795_000_000  # 2026-11-18
_RETRY_SECONDS = 0.05
_TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Request:
    """One body, and what it says of each record, as reads show it."""

    path: str
    content_type: str
    body: bytes
    written: dict[Key, Fields]


class Sender:
    """Sends conversation after conversation. What got no answer is sent again after a restart."""

    def __init__(self, service: Service, ledger: Ledger, number: int) -> None:
        self._service = service
        self._ledger = ledger
        self._requests = requests_of(number)
        self._ended = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self.statuses: set[int] = set()

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Stop after the request under way."""
        self._ended.set()
        self._thread.join(_TIMEOUT_SECONDS * 2)

    def _run(self) -> None:
        while not self._ended.is_set():
            connection = http.client.HTTPConnection(
                "127.0.0.1", self._service.port, timeout=_TIMEOUT_SECONDS
            )
            try:
                self._send(connection)
            except (OSError, http.client.HTTPException):
                self._ended.wait(_RETRY_SECONDS)
            finally:
                connection.close()

    def _send(self, connection: http.client.HTTPConnection) -> None:
        """Until the service is gone; the request it left open is the first on the next one."""
        request = next(self._requests)
        while not self._ended.is_set():
            self._ledger.sending(request.written)
            headers = {"Authorization": self._service.authorization}
            headers["Content-Type"] = request.content_type
            try:
                connection.request("POST", request.path, request.body, headers)
                answer = connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException):
                self._requests = chain([request], self._requests)
                raise
            self.statuses.add(answer.status)
            if answer.status in (200, 207):
                assert b'"status":4' not in text, text
                self._ledger.answered(request.written)
                request = next(self._requests)
            else:
                self._ended.wait(_RETRY_SECONDS)


def requests_of(number: int) -> Iterator[Request]:
    """Endless: a batch, its update, an export, again."""
    rng = random.Random(number)
    place = 0
    while True:
        stem = f"{number}-{place}"
        yield _first_batch(stem, place, rng)
        yield _update(stem, place, rng)
        yield _export(rng, place)
        place += 1


def _text(rng: random.Random) -> str:
    return f"{rng.getrandbits(64):x} " + "Grüße 🌲 " * rng.randint(1, 60)


def _iso(place: int, seconds: float = 0) -> str:
    moment = datetime.fromtimestamp(_START + place + seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _batch(events: list[tuple[str, str, Fields]], written: dict[Key, Fields]) -> Request:
    batch = [
        {"id": f"{kind}-{body['id']}-{at}", "type": kind, "timestamp": at, "body": body}
        for kind, at, body in events
    ]
    body = json.dumps({"batch": batch}).encode()
    return Request("/api/public/ingestion", "application/json", body, written)


def _first_batch(stem: str, place: int, rng: random.Random) -> Request:
    trace: Fields = {"name": f"chat {stem}", "userId": f"u{place % 7}", "tags": ["a", "b"]}
    trace |= {"input": {"q": _text(rng)}, "metadata": {"place": place, "deep": {"n": [1, 2]}}}
    span: Fields = {"name": "outer", "input": _text(rng), "metadata": {"k": _text(rng)}}
    call: Fields = {"name": "call", "model": "gpt-4o", "input": [{"content": _text(rng)}]}
    score: Fields = {"name": "quality", "value": place % 10, "comment": _text(rng)}
    ids = {"traceId": f"t-{stem}"}
    at = _iso(place)
    events: list[tuple[str, str, Fields]] = [
        ("trace-create", at, {"id": f"t-{stem}", "timestamp": at, **trace}),
        ("span-create", at, {"id": f"s-{stem}", "startTime": at, **ids, **span}),
        ("generation-create", at, {"id": f"g-{stem}", "startTime": at, **ids, **call}),
        ("score-create", at, {"id": f"q-{stem}", **ids, **score}),
    ]
    written: dict[Key, Fields] = {
        ("traces", f"t-{stem}"): trace,
        ("observations", f"s-{stem}"): {**span, **ids},
        ("observations", f"g-{stem}"): {**call, **ids},
        ("scores", f"q-{stem}"): {**score, **ids},
    }
    return _batch(events, written)


def _update(stem: str, place: int, rng: random.Random) -> Request:
    output, end = {"content": _text(rng)}, _iso(place, 2)
    events: list[tuple[str, str, Fields]] = [
        ("generation-update", end, {"id": f"g-{stem}", "output": output, "endTime": end}),
        ("trace-create", end, {"id": f"t-{stem}", "output": output}),
    ]
    written: dict[Key, Fields] = {
        ("observations", f"g-{stem}"): {"output": output, "endTime": end},
        ("traces", f"t-{stem}"): {"output": output},
    }
    return _batch(events, written)


def _export(rng: random.Random, place: int) -> Request:
    export = ExportTraceServiceRequest()
    scope = export.resource_spans.add().scope_spans.add()
    scope.scope.name = "crash"
    trace_id, parent = rng.randbytes(16), b""
    written: dict[Key, Fields] = {("traces", trace_id.hex()): {"userId": "otel"}}
    for level in range(3):
        span = scope.spans.add(trace_id=trace_id, span_id=rng.randbytes(8), parent_span_id=parent)
        said = {"input": _text(rng), "output": _text(rng)}
        span.name = f"level {level}"
        span.start_time_unix_nano = (_START + place) * 10**9
        span.end_time_unix_nano = (_START + place + 1) * 10**9
        attributes: dict[str, Any] = {"user.id": "otel", "langfuse.observation.type": "tool"}
        attributes |= {f"langfuse.observation.{name}": text for name, text in said.items()}
        for name, text in attributes.items():
            entry = span.attributes.add(key=name)
            entry.value.string_value = text
        fields = {"name": span.name, "traceId": trace_id.hex(), "type": "TOOL"}
        written["observations", span.span_id.hex()] = {**fields, **said}
        parent = span.span_id
    body = export.SerializeToString()
    return Request("/api/public/otel/v1/traces", "application/x-protobuf", body, written)
