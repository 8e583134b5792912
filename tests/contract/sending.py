"""Exports and batches written by hand, sent as the bytes a client would send."""

import http.client
import json
import secrets
from base64 import b64encode
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.servers.service import Service

TRACES: Final = "/api/public/otel/v1/traces"
INGESTION: Final = "/api/public/ingestion"
SCORES: Final = "/api/public/scores"
START_NS: Final = 1_795_212_000_000_000_000  # 2026-11-20T22:00:00Z
SDK_SCOPE: Final = {"name": "langfuse-sdk", "version": "5.0.4"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came back; `json` fails when it is none."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers.get("content-type", "").startswith("application/json"), self.body[:200]
        return json.loads(self.body)


@dataclass
class Sender:
    """Requests with the project's keys; nothing about a path is tidied on the way."""

    service: Service
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Header names with _ for -, unless `headers` of the sender spell them otherwise."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | self.headers
        sent.setdefault("authorization", self.service.authorization)
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=30)
        try:
            chunked = not isinstance(body, bytes) and body is not None
            connection.request(method, path, body=body, headers=sent, encode_chunked=chunked)
            answer = connection.getresponse()
            received = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, received, answer.read())
        finally:
            connection.close()

    def export(self, *spans: Json, **about: Any) -> Answer:
        """Spans of one resource and scope, as OTLP/JSON."""
        return self.send("POST", TRACES, export(*spans, **about))

    def ingest(self, *events: Json) -> Answer:
        return self.send("POST", INGESTION, {"batch": list(events), "metadata": {}})

    def get(self, path: str) -> Any:
        """The JSON of a GET that must succeed."""
        answer = self.send("GET", path)
        assert answer.status == 200, (path, answer.status, answer.body[:500])
        return answer.json

    def trace(self, trace_id: str) -> Any:
        return self.get(f"/api/public/traces/{trace_id}")

    def observation(self, observation_id: str) -> Any:
        return self.get(f"/api/public/observations/{observation_id}")


def new_ids() -> tuple[str, str]:
    """A trace and a span that nobody used before."""
    return secrets.token_hex(16), secrets.token_hex(8)


def attributes(values: Json) -> list[Json]:
    """As OTLP writes them."""
    return [{"key": key, "value": _any_value(value)} for key, value in values.items()]


def _any_value(value: Any) -> Json:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_any_value(item) for item in value]}}
    return {"stringValue": value}


def span(trace_id: str, span_id: str, said: Json | None = None, **more: Any) -> Json:
    """A span of one second that says `said`."""
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "name": "step",
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": str(START_NS + 1_000_000_000),
        "attributes": attributes(said or {}),
        **more,
    }


def export(*spans: Json, scope: Json | None = None, resource: Json | None = None) -> Json:
    """One resource with one scope."""
    scopes = [{"scope": scope or {"name": "some.scope"}, "spans": list(spans)}]
    about = {"attributes": attributes(resource or {})}
    return {"resourceSpans": [{"resource": about, "scopeSpans": scopes}]}


def as_protobuf(document: Json) -> bytes:
    """The same export in protobuf, whose own JSON form has ids in base64."""
    own = deepcopy(document)
    for resource in own["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for each in scope["spans"]:
                for name in each.keys() & {"traceId", "spanId", "parentSpanId"}:
                    each[name] = b64encode(bytes.fromhex(each[name])).decode()
    return bytes(ParseDict(own, ExportTraceServiceRequest()).SerializeToString())


def event(kind: str, time: str, **body: Any) -> Json:
    """An envelope; `time` are minutes and seconds of one hour."""
    return {
        "id": secrets.token_hex(8),
        "type": kind,
        "timestamp": f"2026-11-20T22:{time}.000Z",
        "body": body,
    }
