"""Exports as a client would make them, in a few words."""

from typing import Any

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from collector.ingest.otlp import changes_of
from collector.ingest.otlp_json import JsonExport
from collector.ingest.otlp_span import Scope, Span, SpanEvent
from collector.records.change import Change

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"
START_MS = 1_700_000_000_000


def span(attributes: dict[str, Any] | None = None, **more: Any) -> Span:
    """A root span of one second, of a scope that no convention knows."""
    known: dict[str, Any] = {
        "trace_id": TRACE_ID,
        "span_id": SPAN_ID,
        "parent_id": None,
        "name": "step",
        "start_ms": START_MS,
        "end_ms": START_MS + 1000,
        "status_code": 0,
        "status_message": None,
        "attributes": attributes or {},
        "scope": Scope(more.pop("scope", "some.scope"), more.pop("scope_version", "")),
        "resource": {},
        "events": [SpanEvent(name, START_MS, values) for name, values in more.pop("events", ())],
    }
    return Span(**(known | more))


def mapped(made: Span, quoted: bool = False) -> tuple[Change, Change]:
    """The observation and the trace that one span becomes."""
    [chunk] = changes_of([made], quoted)
    [observation] = [change for change in chunk if change.kind == "observation"]
    [trace] = [change for change in chunk if change.kind == "trace"]
    return observation, trace


def observed(attributes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The fields of the observation that a span with these attributes becomes."""
    return mapped(span(attributes, **more))[0].fields


def traced(attributes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The fields of its trace."""
    return mapped(span(attributes, **more))[1].fields


def json_span(**more: Any) -> dict[str, Any]:
    """A span in OTLP/JSON."""
    return {
        "traceId": TRACE_ID,
        "spanId": SPAN_ID,
        "name": "step",
        "startTimeUnixNano": str(START_MS * 1_000_000),
        "endTimeUnixNano": str((START_MS + 1000) * 1_000_000),
        **more,
    }


def json_export(*spans: Any, scope: Any = None, resource: Any = None) -> bytes:
    """One resource with one scope, as a body."""
    scope_spans = {"scope": scope or {"name": "some.scope"}, "spans": list(spans)}
    return orjson.dumps(
        {"resourceSpans": [{"resource": resource or {}, "scopeSpans": [scope_spans]}]}
    )


def decoded_attributes(**values: Any) -> dict[str, Any]:
    """What the attributes of a JSON span are read as."""
    entries = [{"key": key, "value": value} for key, value in values.items()]
    export = JsonExport(json_export(json_span(attributes=entries)))
    [found] = export.spans(now_ms=0)
    return found.attributes


def protobuf_export(*names: str, **attributes: str) -> ExportTraceServiceRequest:
    """Root spans with these names, ids by their order, and equal attributes."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.append(text("service.name", "svc"))
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = "some.scope"
    for number, name in enumerate(names, start=1):
        made = scope_spans.spans.add()
        made.trace_id = number.to_bytes(16, "big")
        made.span_id = number.to_bytes(8, "big")
        made.name = name
        made.start_time_unix_nano = START_MS * 1_000_000
        made.end_time_unix_nano = (START_MS + 1000) * 1_000_000
        made.attributes.extend(text(key, value) for key, value in attributes.items())
    return request


def text(key: str, value: str) -> KeyValue:
    """An attribute with a text."""
    return KeyValue(key=key, value=AnyValue(string_value=value))
