"""Every recorded export of the SDKs and integrations; present where the recordings are."""

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from collector.ingest.otlp import Export, export_changes
from collector.ingest.otlp_json import JsonExport
from collector.ingest.otlp_protobuf import ProtobufExport
from collector.records.change import Change, Origin
from collector.records.merge import begin
from collector.records.tools import Tools, tools_of

WIRE = Path(__file__).parents[3] / "shared" / "wire"


def recorded(path: Path) -> tuple[dict[str, str], bytes] | None:
    call = json.loads(path.read_bytes())
    if not isinstance(call, dict) or not call["path"].endswith("/otel/v1/traces"):
        return None
    headers = {name.lower(): value for name, value in call["headers"].items()}
    body = base64.b64decode(call["body_base64"])
    encoding = headers.get("content-encoding", "")
    if encoding == "gzip":
        body = gzip.decompress(body)
    return headers, zlib.decompress(body) if encoding == "deflate" else body


def opened(headers: dict[str, str], body: bytes) -> Export:
    return JsonExport(body) if "json" in headers["content-type"] else ProtobufExport(body)


def counted(headers: dict[str, str], body: bytes) -> int:
    """Spans, by the official messages or by hand."""
    if "json" in headers["content-type"]:
        document: Any = json.loads(body)
    else:
        from google.protobuf.json_format import MessageToDict
        from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

        message = trace_service_pb2.ExportTraceServiceRequest.FromString(body)
        document = MessageToDict(message)
    return sum(
        len(scope.get("spans", ()))
        for resource in document.get("resourceSpans", ())
        for scope in resource.get("scopeSpans", ())
    )


def changes_of_call(path: Path) -> list[Change]:
    call = recorded(path)
    assert call is not None
    origin = Origin("pk", call[0].get("x-langfuse-sdk-name", "unknown"))
    return [change for chunk in export_changes(opened(*call), origin, 0) for change in chunk]


def tools_in(path: Path) -> list[Tools]:
    """What its observations say of tools; those that say nothing are left out."""
    observed = (change for change in changes_of_call(path) if change.kind == "observation")
    found = (tools_of(begin(change).values) for change in observed)
    return [tools for tools in found if tools.definitions or tools.calls]


# What the clients were made to do while they were recorded: offer a tool, and have it called.
OFFERED = ("openai-wrapper-python-v3/002", "openinference-openai/001", "js-v5/065")
CALLED = (*OFFERED, "python-v4/002", "python-v5/002", "js-v5/001", "langchain-python-v3/002")

if WIRE.exists():
    PATHS = [path for path in sorted(WIRE.glob("*/*.json")) if recorded(path)]
    NAMES = [f"{path.parent.name}/{path.stem}" for path in PATHS]

    @pytest.mark.parametrize("path", PATHS, ids=NAMES)
    def test_a_recorded_export_keeps_every_span(path: Path) -> None:
        call = recorded(path)
        assert call is not None
        changes = changes_of_call(path)
        observed = [change for change in changes if change.kind == "observation"]
        assert len(observed) == opened(*call).span_count == counted(*call)
        told = {change.id for change in changes if change.kind == "trace"}
        assert told == {change.fields["trace_id"] for change in observed}

    @pytest.mark.parametrize("name", sorted({*NAMES}.intersection(CALLED)))
    def test_a_recorded_tool_is_known_by_name(name: str) -> None:
        [tools] = tools_in(WIRE / f"{name}.json")
        assert tools.called_names == ["get_weather"]
        assert list(tools.definitions) == (["get_weather"] if name in OFFERED else [])
