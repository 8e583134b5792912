"""OTLP protobuf: the outer messages are walked on the wire, each span is parsed alone.

So a body far larger than memory allows as objects costs one span at a time.
"""

import mmap
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from typing import Any

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2

from collector.errors import TooLarge
from collector.ingest.otlp_faults import Faults
from collector.ingest.otlp_span import (
    Attributes,
    InvalidExport,
    Limits,
    Scope,
    Span,
    SpanEvent,
)
from collector.ingest.otlp_values import NANOS_PER_MS, both_times, plain_number
from collector.records.payload import json_text

Buffer = bytes | mmap.mmap
Place = tuple[int, int]

_RESOURCE_SPANS = 1
_RESOURCE, _SCOPE_SPANS = 1, 2
_SCOPE, _SPANS = 1, 2
_FIXED_BYTES = {1: 8, 5: 4}
_VARINT, _LENGTH_DELIMITED = 0, 2
_VARINT_BYTES_MAX = 10
_RELEASE_BYTES = 4 * 1024 * 1024
_KEPT_BYTES_MAX = 1024 * 1024
_LARGE_SPAN = Lock()


class ProtobufExport:
    """A checked export over bytes or a mapped file; `spans` may be asked for once or more."""

    def __init__(self, body: Buffer, limits: Limits | None = None) -> None:
        """Raises InvalidExport."""
        self._body = body
        self._span_bytes_max = (limits or Limits()).span_bytes_max
        self._released = 0
        # Of a small body: parsed for the check, still there for the mapping.
        self._kept: dict[int, trace_pb2.Span] | None = {} if len(body) <= _KEPT_BYTES_MAX else None
        self.largest_span_bytes = 0
        faults = Faults()
        try:
            self._check(faults)
        except (DecodeError, _Malformed) as error:
            raise InvalidExport("Failed to parse OTel Protobuf Trace") from error
        faults.check()
        self.span_count = faults.spans

    def scopes(self) -> Iterator[tuple[Scope, Attributes]]:
        """Each scope with the attributes of its resource."""
        for scope, resource, _ in self._scope_spans():
            yield scope, resource

    def spans(self, now_ms: int) -> Iterator[Span]:
        for scope, resource, place in self._scope_spans():
            for start, end in self._places(place, _SPANS):
                with self._parsed(start, end) as message:
                    span = _span(message, scope, resource, now_ms)
                # A large one may not wait in memory while the caller works on what it said.
                del message
                span.bytes_on_wire = end - start
                yield span

    def _check(self, faults: Faults) -> None:
        for scope, _, place in self._scope_spans():
            faults.scope(scope.name)
            for start, end in self._places(place, _SPANS):
                if end - start > self._span_bytes_max:
                    message = f"a span of {end - start} bytes is over {self._span_bytes_max}"
                    raise TooLarge(message)
                self.largest_span_bytes = max(self.largest_span_bytes, end - start)
                with self._parsed(start, end) as span:
                    faults.span(_span_reasons(span))
                del span

    def _parsed(self, start: int, end: int) -> AbstractContextManager[trace_pb2.Span]:
        """One span's message."""
        if end - start > _RELEASE_BYTES:
            return self._parsed_alone(start, end)
        if self._kept is None:
            return nullcontext(trace_pb2.Span.FromString(self._body[start:end]))
        message = self._kept.get(start)
        if message is None:
            message = self._kept[start] = trace_pb2.Span.FromString(self._body[start:end])
        return nullcontext(message)

    @contextmanager
    def _parsed_alone(self, start: int, end: int) -> Iterator[trace_pb2.Span]:
        """Large ones are parsed one at a time, whatever exports they are of."""
        with _LARGE_SPAN:
            yield trace_pb2.Span.FromString(self._body[start:end])
            self._release(end)

    def _scope_spans(self) -> Iterator[tuple[Scope, Attributes, Place]]:
        for outer in self._places((0, len(self._body)), _RESOURCE_SPANS):
            resource = attributes(self._joined(Resource, outer, _RESOURCE).attributes)
            for inner in self._places(outer, _SCOPE_SPANS):
                yield _scope(self._joined(InstrumentationScope, inner, _SCOPE)), resource, inner

    def _joined(self, kind: type[Message], place: Place, number: int) -> Any:
        """The submessage, of one field or of several that add up, as protobuf has it."""
        message = kind()
        for start, end in self._places(place, number):
            if end - start > self._span_bytes_max:
                raise TooLarge(f"a resource or scope of {end - start} bytes is too large")
            message.MergeFromString(self._body[start:end])
        return message

    def _places(self, place: Place, number: int) -> Iterator[Place]:
        position, stop = place
        while position < stop:
            found, position, end = _next_field(self._body, position, stop)
            if found == number:
                yield position, end
            position = end
            self._release(end)

    def _release(self, position: int) -> None:
        """Gives mapped pages back that were read: they would count as the process's memory."""
        if not isinstance(self._body, mmap.mmap):
            return
        if abs(position - self._released) >= _RELEASE_BYTES:
            self._body.madvise(mmap.MADV_DONTNEED)
            self._released = position


class _Malformed(ValueError):
    """Bytes that are no protobuf message."""


def _next_field(body: Buffer, position: int, stop: int) -> tuple[int, int, int]:
    """Field number (0 unless it is length-delimited) and where its content lies."""
    tag, position = _varint(body, position, stop)
    number, wire_type = tag >> 3, tag & 7
    if not number:
        raise _Malformed("field number 0")
    if wire_type == _LENGTH_DELIMITED:
        length, position = _varint(body, position, stop)
        end = position + length
    elif wire_type == _VARINT:
        number, (_, end) = 0, _varint(body, position, stop)
    elif wire_type in _FIXED_BYTES:
        number, end = 0, position + _FIXED_BYTES[wire_type]
    else:
        raise _Malformed(f"wire type {wire_type}")
    if end > stop:
        raise _Malformed("a field ends after its message")
    return number, position, end


def _varint(body: Buffer, position: int, stop: int) -> tuple[int, int]:
    value = 0
    for index in range(_VARINT_BYTES_MAX):
        if position >= stop:
            break
        byte = body[position]
        position += 1
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position
    raise _Malformed("a broken number")


def _span_reasons(span: trace_pb2.Span) -> list[str]:
    reasons = []
    if not span.trace_id:
        reasons.append("traceId:absent")
    if not span.span_id:
        reasons.append("spanId:absent")
    return reasons


def _scope(message: InstrumentationScope) -> Scope:
    described: dict[str, Any] = {}
    if message.name:
        described["name"] = message.name
    if message.version:
        described["version"] = message.version
    if message.dropped_attributes_count:
        described["droppedAttributesCount"] = message.dropped_attributes_count
    described["attributes"] = attributes(message.attributes)
    return Scope(message.name, message.version, described)


def _span(message: trace_pb2.Span, scope: Scope, resource: Attributes, now_ms: int) -> Span:
    start, end = both_times(
        _time_ms(message.start_time_unix_nano), _time_ms(message.end_time_unix_nano), now_ms
    )
    wrapped: dict[str, str] = {}
    return Span(
        trace_id=message.trace_id.hex(),
        span_id=message.span_id.hex(),
        parent_id=message.parent_span_id.hex() or None,
        name=message.name,
        start_ms=start,
        end_ms=end,
        status_code=message.status.code,
        status_message=message.status.message or None,
        attributes=attributes(message.attributes, wrapped),
        scope=scope,
        resource=resource,
        events=[_event(event) for event in message.events],
        wrapped=wrapped,
    )


def _time_ms(nanoseconds: int) -> int | None:
    return nanoseconds // NANOS_PER_MS or None


def _event(message: trace_pb2.Span.Event) -> SpanEvent:
    return SpanEvent(message.name, _time_ms(message.time_unix_nano), attributes(message.attributes))


def attributes(entries: Any, wrapped: dict[str, str] | None = None) -> Attributes:
    """The decoded attributes, last of equal keys; an entry without a value is passed over.

    `wrapped` receives the OTLP/JSON text of the values that have no plain form.
    """
    decoded: Attributes = {}
    entry: KeyValue
    for entry in entries:
        if not entry.HasField("value"):
            continue
        value = entry.value
        kind = value.WhichOneof("value")
        if kind == "string_value":
            decoded[entry.key] = value.string_value
            continue
        decoded[entry.key] = plain = any_value(value)
        if wrapped is not None and _is_wrapped(kind, plain):
            wrapped[entry.key] = json_text(_as_json(value))
    return decoded


def _is_wrapped(kind: str | None, plain: Any) -> bool:
    return kind == "kvlist_value" or (kind == "array_value" and not plain)


def any_value(value: AnyValue) -> Any:
    """One AnyValue as plain JSON; what has no plain form is the JSON text of its wrapper."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [any_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return attributes(value.kvlist_value.values)
    if kind in _PLAIN:
        return plain_number(getattr(value, kind))
    return json_text(_as_json(value))


_PLAIN = frozenset({"string_value", "bool_value", "int_value", "double_value"})


def _as_json(value: AnyValue) -> Any:
    from google.protobuf.json_format import MessageToDict

    return MessageToDict(value)
