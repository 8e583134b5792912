"""Recorded requests of real clients: reading them, what their client needs, what they wrote.

The recordings lie beside the repository where there are any; the samples in `samples/wire` are the
repository's own and always there.
"""

import base64
import gzip
import http.client
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SAMPLES: Final = Path(__file__).parent / "samples" / "wire"
RECORDINGS: Final = Path(__file__).parents[3] / "shared" / "wire"
BASE_PATH: Final = "/lf"  # some clients were recorded behind such a prefix
_RECOMPUTED = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}
_GOOD_STATUS = {
    "/api/public/projects": 200,
    "/api/public/ingestion": 207,
    "/api/public/otel/v1/traces": 200,
}

# The recording stub knew a session that nobody had written, and linked an archived item to a run,
# which a real server refuses.
_REFUSED: Final = re.compile(r"/api/public/sessions/sess-1|js-v3/046")

# Objects that are built later: until then a JSON 404 (or 405) is as good as the recorded answer.
LATER: Final = re.compile(
    r"/__s3/.*|/api/public/("
    r"experiments|experiment-items"
    r"|media|comments|models|(v2/)?metrics|v2/observations|v3/scores"
    r")(/.*)?"
)


@dataclass(frozen=True)
class Recorded:
    """One request as it went over the wire."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    fault: bool

    @property
    def route(self) -> str:
        """The path as the service routes it."""
        path = re.sub("/{2,}", "/", urlsplit("http://any" + self.path).path)
        return path.removeprefix(BASE_PATH).rstrip("/")

    @property
    def is_accepted(self) -> bool:
        """Whether its client has the right keys; those of a faulty answer had them."""
        return self.status != 401 or self.fault

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name), "")

    def content(self) -> bytes:
        """The body without its compression."""
        encoding = self.header("content-encoding")
        if encoding == "gzip":
            return gzip.decompress(self.body)
        return zlib.decompress(self.body) if encoding == "deflate" else self.body


def clients() -> list[str]:
    """Folders of requests, one per client."""
    folders = sorted(RECORDINGS.iterdir()) if RECORDINGS.is_dir() else []
    return ["samples", *(folder.name for folder in folders if folder.is_dir())]


def requests_of(client: str) -> list[Recorded]:
    """In the order in which the client sent them."""
    folder = SAMPLES if client == "samples" else RECORDINGS / client
    return [_load(file) for file in sorted(folder.glob("*.json"))]


def _load(file: Path) -> Recorded:
    told = json.loads(file.read_bytes())
    return Recorded(
        name=f"{file.parent.name}/{file.stem} ({told['purpose'][:90]})",
        method=told["method"],
        path=told["path"],
        headers=told["headers"],
        body=base64.b64decode(told["body_base64"]),
        status=told["stub_response"]["status"],
        fault=bool(told.get("stub_response_injected_fault")),
    )


def needed_statuses(request: Recorded, known: set[str]) -> set[int]:
    """The statuses with which the client goes on; `known` are the ids written so far."""
    if LATER.fullmatch(request.route) or request.method == "DELETE":
        return {200 if request.fault else request.status, 404, 405}
    if not request.is_accepted:
        return {401}
    if request.fault and request.method == "GET" and request.route not in _GOOD_STATUS:
        return {200, 404}  # nothing is known of what stood there
    one = re.fullmatch(r"/api/public/(?:traces|observations)/(.+)", request.route)
    if one is not None:
        return {200 if one[1] in known else 404}
    if _REFUSED.fullmatch(request.route) or _REFUSED.match(request.name):
        return {404}
    if request.route == "/api/public/scores" and request.method == "POST":
        return {202 if request.content().lstrip().startswith(b"[") else 200}
    return {_GOOD_STATUS.get(request.route, request.status)}


def send(port: int, request: Recorded) -> tuple[int, bytes]:
    """The exact bytes again, in chunks where they came in chunks; status and body."""
    headers = {k: v for k, v in request.headers.items() if k.lower() not in _RECOMPUTED}
    chunked = "chunked" in request.header("transfer-encoding")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
            body: Any = iter([request.body])
        else:
            body = request.body or None
        connection.request(
            request.method, request.path, body=body, headers=headers, encode_chunked=chunked
        )
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def written(request: Recorded, answer: bytes) -> Iterator[tuple[str, str]]:
    """Kind and id of every record that this request writes; the answer tells ids not sent.

    A score that names a score config is none: the config was the recording stub's own.
    """
    if request.method != "POST" or not request.is_accepted:
        return
    if request.route == "/api/public/ingestion":
        for event in json.loads(request.content())["batch"]:
            if not event["body"].get("configId"):
                yield _kind(event["type"]), event["body"]["id"]
    elif request.route == "/api/public/otel/v1/traces":
        for trace_id, span_id in _spans(request):
            yield "traces", trace_id
            yield "observations", span_id
    elif request.route == "/api/public/scores":
        told = json.loads(request.content())
        for score in told if isinstance(told, list) else [{**json.loads(answer), **told}]:
            if not score.get("configId"):
                yield "scores", score["id"]


def _kind(event_type: str) -> str:
    return {"trace-create": "traces", "score-create": "scores"}.get(event_type, "observations")


def _spans(request: Recorded) -> Iterator[tuple[str, str]]:
    if "json" in request.header("content-type"):
        for resource in json.loads(request.content())["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    yield span["traceId"], span["spanId"]
        return
    for message in ExportTraceServiceRequest.FromString(request.content()).resource_spans:
        for spans in message.scope_spans:
            for each in spans.spans:
                yield each.trace_id.hex(), each.span_id.hex()
