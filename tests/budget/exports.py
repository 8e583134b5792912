"""OTLP exports of a size given, made without holding them twice."""

import random
from functools import cache

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

MIB = 1024 * 1024
_SPANS_PER_TRACE = 8
_START = 1_795_000_000 * 10**9  # 2026-11-18


def export(spans: int, span_bytes: int, seed: int) -> bytes:
    """So many spans of about so many bytes each, half input, half output; eight to a trace."""
    rng = random.Random(seed)
    parts = []
    trace_id = b""
    for number in range(spans):
        if number % _SPANS_PER_TRACE == 0:
            trace_id = rng.randbytes(16)
        parts.append(_one_span(trace_id, rng, span_bytes // 2))
    return b"".join(parts)


def _one_span(trace_id: bytes, rng: random.Random, text_bytes: int) -> bytes:
    """A whole export; exports put behind one another are one export, as protobuf has it."""
    made = ExportTraceServiceRequest()
    scope = made.resource_spans.add().scope_spans.add()
    scope.scope.name = "budget"
    span = scope.spans.add(trace_id=trace_id, span_id=rng.randbytes(8), name="step")
    span.start_time_unix_nano, span.end_time_unix_nano = _START, _START + 10**9
    for side in ("input", "output"):
        entry = span.attributes.add(key=f"langfuse.observation.{side}")
        entry.value.string_value = _text(rng, text_bytes)
    return made.SerializeToString()


def _text(rng: random.Random, characters: int) -> str:
    words = _words()
    start = rng.randrange(len(words) // 2)
    piece = words[start : start + characters]
    return piece + words[: characters - len(piece)] if len(piece) < characters else piece


@cache
def _words() -> str:
    rng = random.Random(1)
    return " ".join(f"{rng.getrandbits(20):x}" for _ in range(4_000_000))
