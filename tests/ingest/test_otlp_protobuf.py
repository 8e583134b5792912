"""Protobuf exports, read span by span."""

import mmap
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1 import trace_pb2

from collector.errors import TooLarge
from collector.ingest.otlp_json import JsonExport
from collector.ingest.otlp_protobuf import ProtobufExport
from collector.ingest.otlp_span import Limits, Span
from tests.ingest.exports import START_MS, protobuf_export, text

MIB = 1024**2


def spans(body: bytes) -> list[Span]:
    return list(ProtobufExport(body).spans(now_ms=77))


def test_every_span_is_read_with_its_resource_and_scope() -> None:
    request = protobuf_export("a", "b", key="value")
    first, second = spans(request.SerializeToString())
    assert (first.trace_id, first.span_id) == ("0" * 31 + "1", "0" * 15 + "1")
    assert (second.name, second.attributes) == ("b", {"key": "value"})
    assert (first.start_ms, first.end_ms) == (START_MS, START_MS + 1000)
    assert first.resource == {"service.name": "svc"}
    assert first.scope.described == {"name": "some.scope", "attributes": {}}


def test_a_span_without_times_or_parent_has_neither() -> None:
    request = protobuf_export("a")
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.ClearField("start_time_unix_nano")
    span.ClearField("end_time_unix_nano")
    [found] = spans(request.SerializeToString())
    assert (found.start_ms, found.end_ms, found.parent_id) == (77, 77, None)


def test_events_and_status_are_read() -> None:
    request = protobuf_export("a")
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.status.code = trace_pb2.Status.STATUS_CODE_ERROR
    span.status.message = "boom"
    event = span.events.add(name="e", time_unix_nano=START_MS * 1_000_000)
    event.attributes.append(text("k", "v"))
    [found] = spans(request.SerializeToString())
    assert (found.status_code, found.status_message) == (2, "boom")
    assert [(said.name, said.time_ms, said.attributes) for said in found.events] == [
        ("e", START_MS, {"k": "v"})
    ]


def field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


def test_a_scope_after_its_spans_is_theirs_and_split_ones_add_up() -> None:
    request = protobuf_export("a")
    made = request.resource_spans[0].scope_spans[0]
    span = made.spans[0].SerializeToString()
    parts = field(2, span) + field(1, b"\x0a\x01s") + field(1, b"\x12\x012")
    [found] = spans(field(1, field(2, parts)))
    assert (found.scope.name, found.scope.version) == ("s", "2")


def test_unknown_fields_are_passed_over() -> None:
    body = protobuf_export("a").SerializeToString()
    unknown = b"\x18\x05" + b"\x21" + b"\0" * 8 + b"\x2d" + b"\0" * 4 + b"\x32\x01x"
    assert [span.name for span in spans(unknown + body + unknown)] == ["a"]


def test_a_span_over_its_limit_is_refused() -> None:
    body = protobuf_export("a", key="x" * 1000).SerializeToString()
    with pytest.raises(TooLarge, match="over 999"):
        ProtobufExport(body, Limits(span_bytes_max=999))


def test_a_mapped_file_is_read_as_bytes_are(tmp_path: Path) -> None:
    body = protobuf_export("a", "b").SerializeToString()
    path = tmp_path / "body"
    path.write_bytes(body)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert [span.name for span in ProtobufExport(mapped).spans(0)] == ["a", "b"]


def test_both_wire_forms_make_the_same_span() -> None:
    from google.protobuf.json_format import MessageToJson

    request = protobuf_export("a", "b", key="value")
    [plain, _] = spans(request.SerializeToString())
    body = MessageToJson(request).encode()
    [same, _] = JsonExport(body).spans(now_ms=77)
    # Base64 stands for ids in protobuf's own JSON; OTLP's JSON has hex there.
    same.trace_id, same.span_id = plain.trace_id, plain.span_id
    same.bytes_on_wire = plain.bytes_on_wire
    assert same == plain


# Peak memory is measured in a process of its own: other tests leave theirs behind.
MEASURE = """
import mmap, resource, sys
from collector.ingest.otlp import changes_of
from collector.ingest.otlp_protobuf import ProtobufExport
with open(sys.argv[1], "rb") as file:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
        export = ProtobufExport(body)
        kinds = [change.kind for chunk in changes_of(export.spans(0)) for change in chunk]
        changes = kinds.count("observation")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(export.span_count, changes, grown // 1024)
"""


@pytest.mark.parametrize("span_bytes", [2 * 1024, 1024 * 1024])
def test_a_64_mib_export_costs_little_memory(tmp_path: Path, span_bytes: int) -> None:
    count = 64 * MIB // span_bytes
    one = protobuf_export("big", **{"langfuse.observation.input": "x" * (span_bytes - 200)})
    path = tmp_path / "body"
    with path.open("wb") as file:
        for number in range(count):
            span = one.resource_spans[0].scope_spans[0].spans[0]
            span.span_id = number.to_bytes(8, "big", signed=False) or b"\0"
            file.write(one.SerializeToString())
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, check=True, text=True
    )
    spans_read, changes, grown_mib = map(int, measured.stdout.split())
    assert (spans_read, changes) == (count, count)
    assert grown_mib < 40
