"""One export in protobuf and in JSON: the same changes, and rows that can be made of them."""

from typing import Any

import orjson
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from collector.ingest.otlp import Export, export_changes
from collector.ingest.otlp_json import JsonExport
from collector.ingest.otlp_protobuf import ProtobufExport
from collector.records.change import Change, Origin
from tests.ingest.test_otlp_fuzz import KEYS, SCOPES, TEXTS

NOW_MS = 1_800_000_000_000
STRINGS = TEXTS | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = st.one_of(
    st.builds(AnyValue),
    st.builds(AnyValue, string_value=STRINGS),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
    st.builds(AnyValue, double_value=st.floats()),
    st.builds(AnyValue, bytes_value=st.binary(max_size=5)),
)


# Without a name an attribute cannot be told from an absent one in JSON; OTLP forbids it.
NAMES = KEYS | STRINGS.filter(bool)


def key_values(values: st.SearchStrategy[AnyValue]) -> st.SearchStrategy[list[KeyValue]]:
    return st.lists(st.builds(KeyValue, key=NAMES, value=values), max_size=5)


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(AnyValue, array_value=st.builds(ArrayValue, values=st.lists(inner, max_size=3))),
        st.builds(AnyValue, kvlist_value=st.builds(KeyValueList, values=key_values(inner))),
    ),
    max_leaves=6,
)
ATTRIBUTES = key_values(VALUES) | st.lists(st.builds(KeyValue, key=KEYS), max_size=1)
NANOS = st.just(0) | st.integers(1, 2**63 - 1) | st.just(1_795_212_000_123_456_789)
EVENTS = st.builds(
    Span.Event,
    name=st.sampled_from(["gen_ai.user.message", "gen_ai.choice", "guard.evaluation", "exception"]),
    time_unix_nano=NANOS,
    attributes=ATTRIBUTES,
)
SPANS = st.builds(
    Span,
    trace_id=st.binary(min_size=1, max_size=16),
    span_id=st.binary(min_size=1, max_size=8),
    parent_span_id=st.binary(max_size=8),
    name=STRINGS,
    start_time_unix_nano=NANOS,
    end_time_unix_nano=NANOS,
    attributes=ATTRIBUTES,
    events=st.lists(EVENTS, max_size=2),
    status=st.builds(Status, code=st.sampled_from(Status.StatusCode.values()), message=STRINGS),
)


@st.composite
def exports(draw: st.DrawFn) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    for _ in range(draw(st.integers(0, 2))):
        resource_spans = request.resource_spans.add()
        resource_spans.resource.attributes.extend(draw(ATTRIBUTES))
        scope_spans = resource_spans.scope_spans.add()
        scope_spans.scope.name = draw(SCOPES)
        scope_spans.scope.version = draw(st.sampled_from(["", "3.3.0", "5.0"]))
        scope_spans.scope.attributes.extend(draw(ATTRIBUTES))
        scope_spans.spans.extend(draw(st.lists(SPANS, max_size=3)))
    return request


def as_json(request: ExportTraceServiceRequest) -> bytes:
    """OTLP/JSON writes ids in hexadecimal, where protobuf's own JSON form has base64."""
    document = MessageToDict(request, use_integers_for_enums=True)
    for written, resource in zip(
        document.get("resourceSpans", ()), request.resource_spans, strict=True
    ):
        scopes = zip(written.get("scopeSpans", ()), resource.scope_spans, strict=True)
        for written_scope, scope in scopes:
            for entry, span in zip(written_scope.get("spans", ()), scope.spans, strict=True):
                entry |= {"traceId": span.trace_id.hex(), "spanId": span.span_id.hex()}
                entry["parentSpanId"] = span.parent_span_id.hex()
    return orjson.dumps(document)


def changes(export: Export, origin: Origin) -> list[Change]:
    return [change for chunk in export_changes(export, origin, NOW_MS) for change in chunk]


def written(told: list[Change]) -> list[Any]:
    """As the journal has them: nothing but JSON, in which NaN equals itself."""
    return [[one.kind, one.id, one.time_ms, orjson.dumps(one.fields)] for one in told]


@given(exports(), st.sampled_from(["unknown", "python"]))
def test_both_forms_say_the_same(request: ExportTraceServiceRequest, sdk: str) -> None:
    origin = Origin("pk", sdk, "5.0.4", "otel")
    protobuf = changes(ProtobufExport(request.SerializeToString()), origin)
    json = changes(JsonExport(as_json(request)), origin)
    assert written(protobuf) == written(json)
