"""A span as the mappings see it, whatever wire form brought it, and why an export is refused."""

from dataclasses import dataclass, field
from typing import Any

from collector.errors import InvalidRequest

Attributes = dict[str, Any]


class InvalidExport(InvalidRequest):
    """The whole export is refused; the message is the answer's `error`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one export may hold; a larger one is refused whole."""

    span_bytes_max: int = 16 * 1024 * 1024
    json_depth_max: int = 200


@dataclass(frozen=True, slots=True)
class Scope:
    """The instrumentation scope; `described` is how metadata show it."""

    name: str = ""
    version: str = ""
    described: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """One event of a span."""

    name: str
    time_ms: int | None
    attributes: Attributes


@dataclass(slots=True)
class Span:
    """One span, ids as text and times as Unix milliseconds.

    `wrapped` holds, for attributes that are no plain values, the JSON text of the value as it came.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    start_ms: int
    end_ms: int
    status_code: int
    status_message: str | None
    attributes: Attributes
    scope: Scope
    resource: Attributes
    events: list[SpanEvent] = field(default_factory=list)
    wrapped: dict[str, str] = field(default_factory=dict)
    bytes_on_wire: int = 0
