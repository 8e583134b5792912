"""Whatever is sent to the OTLP door: an answer of the contract's shape, and whole exports kept."""

import gzip
import json
import random
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from tests.api.wire import Wire
from tests.servers.service import Service

TRACES = "/api/public/otel/v1/traces"
PROTOBUF = "application/x-protobuf"
MIB = 1024 * 1024
KEYS = (
    *("langfuse.observation.type", "langfuse.observation.input", "langfuse.observation.output"),
    *("langfuse.observation.metadata", "langfuse.observation.metadata.k", "langfuse.trace.tags"),
    *("langfuse.observation.usage_details", "langfuse.observation.cost_details", "user.id"),
    *("langfuse.observation.completion_start_time", "langfuse.trace.public", "session.id"),
    *("langfuse.environment", "gen_ai.request.model", "gen_ai.usage.input_tokens", "input.value"),
    *("gen_ai.usage.cost", "gen_ai.input.messages", "llm.input_messages.0.message.role"),
    *("gen_ai.prompt.0.role", "openinference.span.kind", "ai.prompt.messages", "logfire.msg"),
)
# protobuf's texts are UTF-8: lone surrogates cannot be in them.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = (
    TEXTS.map(lambda text: AnyValue(string_value=text))
    | st.sampled_from(['{"input":1e300}', '{"a":[1,2]}', "NaN", "[[", '"\\ud800"', "1e999"]).map(
        lambda text: AnyValue(string_value=text)
    )
    | st.booleans().map(lambda flag: AnyValue(bool_value=flag))
    | st.integers(-(2**63), 2**63 - 1).map(lambda number: AnyValue(int_value=number))
    | st.floats().map(lambda number: AnyValue(double_value=number))
    | st.binary(max_size=8).map(lambda data: AnyValue(bytes_value=data))
    | st.just(AnyValue())
)


def _list_of(values: list[AnyValue]) -> AnyValue:
    made = AnyValue()
    made.array_value.values.extend(values)
    return made


VALUES = SCALARS | st.lists(SCALARS, max_size=3).map(_list_of)
TIMES = st.integers(0, 2**64 - 1) | st.just(1_795_000_000 * 10**9)


@pytest.fixture(scope="module")
def wire(running_service: Service) -> Iterator[Wire]:
    """Checks at the end that the service is still there."""
    made = Wire(running_service)
    yield made
    made.close()


def export_of(
    attributes: dict[str, AnyValue], seed: int, start: int = 0, end: int = 0
) -> ExportTraceServiceRequest:
    """One span with these attributes."""
    rng = random.Random(seed)
    export = ExportTraceServiceRequest()
    span = export.resource_spans.add().scope_spans.add().spans.add(name="fuzzed")
    span.trace_id, span.span_id = rng.randbytes(16), rng.randbytes(8)
    span.start_time_unix_nano, span.end_time_unix_nano = start, end
    for key, value in attributes.items():
        span.attributes.add(key=key).value.CopyFrom(value)
    return export


def span_id(export: ExportTraceServiceRequest) -> str:
    return export.resource_spans[0].scope_spans[0].spans[0].span_id.hex()


@given(
    attributes=st.dictionaries(st.sampled_from(KEYS) | TEXTS, VALUES, max_size=6),
    seed=st.integers(0, 2**32),
    start=TIMES,
    end=TIMES,
)
def test_any_attributes_are_kept(
    wire: Wire, attributes: dict[str, AnyValue], seed: int, start: int, end: int
) -> None:
    export = export_of(attributes, seed, start, end)
    reply = wire.post(TRACES, export.SerializeToString(), content_type=PROTOBUF)

    assert (reply.status, reply.body) == (200, {})
    assert wire.get(f"/api/public/observations/{span_id(export)}").status == 200


@given(body=st.binary(max_size=300))
def test_any_bytes_are_answered(wire: Wire, body: bytes) -> None:
    assert wire.post(TRACES, body, content_type=PROTOBUF).status in (200, 400)
    assert wire.post(TRACES, body).status in (200, 400)


@given(data=st.data())
def test_an_export_with_wrong_bytes_in_it_is_answered(wire: Wire, data: st.DataObject) -> None:
    attributes = {"langfuse.observation.input": AnyValue(string_value="x" * 50)}
    body = bytearray(export_of(attributes, 1).SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(body)))

    assert wire.post(TRACES, bytes(body), content_type=PROTOBUF).status in (200, 400, 413)
    assert wire.post(TRACES, bytes(body[:cut]), content_type=PROTOBUF).status in (200, 400, 413)


@given(body=st.binary(max_size=100), encoding=st.sampled_from(["gzip", "deflate", "br", "x", "ü"]))
def test_any_encoding_is_answered(wire: Wire, body: bytes, encoding: str) -> None:
    headers = {"content_encoding": encoding, "content_type": PROTOBUF}
    assert wire.post(TRACES, body, **headers).status in (200, 400, 415)


@pytest.mark.parametrize("content_type", [PROTOBUF, "application/json"])
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_refused_before_it_fills_the_memory(
    wire: Wire, running_service: Service, content_type: str, encoding: str
) -> None:
    """A quarter of a megabyte that stands for 256 MiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    zeros = b"\0" * MIB if content_type == PROTOBUF else b" " * MIB
    bomb = b"".join([*(packer.compress(zeros) for _ in range(256)), packer.flush()])
    before = running_service.rss_peak_mib()
    reply = wire.post(TRACES, bomb, content_type=content_type, content_encoding=encoding)

    assert len(bomb) < MIB
    assert reply.status in (400, 413)
    assert running_service.rss_peak_mib() < before + 48


def test_a_bomb_within_a_bomb_stays_a_small_body(wire: Wire) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 64 * MIB))
    reply = wire.post(TRACES, bomb, content_type=PROTOBUF, content_encoding="gzip")

    assert reply.status == 400


@pytest.mark.parametrize("depth", [40, 99, 150, 1000, 10_000])
def test_values_nested_deep_are_kept_or_refused(wire: Wire, depth: int) -> None:
    """Built on the wire: the library itself would refuse to write it."""
    value = b"\x0a\x01x"  # string_value = "x"
    for _ in range(depth):
        value = b"\x2a" + _with_length(b"\x0a" + _with_length(value))  # array_value { values }
    attribute = b"\x0a\x01k\x12" + _with_length(value)
    ids = b"\x0a\x10" + b"d" * 16 + b"\x12\x08" + b"d" * 8
    span = b"\x12" + _with_length(ids + b"\x4a" + _with_length(attribute))
    reply = wire.post(TRACES, _field_1(_field_2(span)), content_type=PROTOBUF)

    assert reply.status in ((200,) if depth < 50 else (200, 400))


@pytest.mark.parametrize("depth", [50, 150, 250, 10_000])
def test_json_values_nested_deep_are_kept_or_refused(wire: Wire, depth: int) -> None:
    value = '{"arrayValue":{"values":[' * depth + '{"intValue":"1"}' + "]}}" * depth
    ids = f'"traceId":"{"d" * 32}","spanId":"{"e" * 16}"'
    span = f'{{{ids},"attributes":[{{"key":"k","value":{value}}}]}}'
    body = f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}'

    assert wire.post(TRACES, body.encode()).status in (200, 400)


@pytest.mark.parametrize("text", ["{" * 5000, "[" * 10_000, '{"a":' * 10_000])
def test_json_nested_deep_inside_an_attribute_is_text(wire: Wire, text: str) -> None:
    export = export_of({"langfuse.observation.input": AnyValue(string_value=text)}, len(text))
    reply = wire.post(TRACES, export.SerializeToString(), content_type=PROTOBUF)
    found = wire.get(f"/api/public/observations/{span_id(export)}")

    assert (reply.status, found.status) == (200, 200)
    assert found.body["input"] == text


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(
                    [
                        *("resourceSpans", "scopeSpans", "spans", "attributes", "key", "value"),
                        *("traceId", "spanId", "stringValue", "intValue", "resource", "scope"),
                        *("startTimeUnixNano", "events", "status", "name", "arrayValue"),
                    ]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_answered(wire: Wire, body: object) -> None:
    assert wire.post(TRACES, json.dumps(body).encode()).status in (200, 400)


def _with_length(data: bytes) -> bytes:
    length, head = len(data), bytearray()
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head) + data


def _field_1(data: bytes) -> bytes:
    return b"\x0a" + _with_length(data)


def _field_2(data: bytes) -> bytes:
    return b"\x12" + _with_length(data)
