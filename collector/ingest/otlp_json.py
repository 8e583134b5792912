"""OTLP/JSON: checked as a whole, then read span by span (contract/otel.md 1.1, 2, 3)."""

from collections.abc import Iterator
from typing import Any

from collector.ingest.jsonbody import InvalidJson, parse_json
from collector.ingest.otlp_faults import Faults
from collector.ingest.otlp_span import (
    Attributes,
    InvalidExport,
    Limits,
    Scope,
    Span,
    SpanEvent,
)
from collector.ingest.otlp_values import both_times, id_text, integer, number, time_ms
from collector.records.payload import json_text

_STATUS_CODES = {"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}
_ABSENT: Any = object()


class JsonExport:
    """A checked export; `spans` may be asked for once or more."""

    def __init__(self, body: bytes, limits: Limits | None = None) -> None:
        """Raises InvalidExport."""
        try:
            document = parse_json(body, (limits or Limits()).json_depth_max)
        except InvalidJson as error:
            raise InvalidExport("Failed to parse OTel JSON Trace") from error
        wanted = document.get("resourceSpans") if isinstance(document, dict) else None
        self._resource_spans = wanted if isinstance(wanted, list) else []
        faults = Faults()
        for entry in self._resource_spans:
            _check_resource_spans(entry, faults)
        faults.check()
        self.span_count = faults.spans
        # The whole body counts as held several times already: its spans need no turn of their own.
        self.largest_span_bytes = 0
        self._bytes_per_span = len(body) // max(faults.spans, 1)

    def scopes(self) -> Iterator[tuple[Scope, Attributes]]:
        """Each scope with the attributes of its resource."""
        for scope, resource, _ in self._scope_spans():
            yield scope, resource

    def spans(self, now_ms: int) -> Iterator[Span]:
        for scope, resource, spans in self._scope_spans():
            for entry in spans:
                span = _span(entry, scope, resource, now_ms)
                span.bytes_on_wire = self._bytes_per_span
                yield span

    def _scope_spans(self) -> Iterator[tuple[Scope, Attributes, list[Any]]]:
        for entry in self._resource_spans:
            resource = attributes(_object(entry, "resource").get("attributes"))
            for scope_spans in entry.get("scopeSpans") or []:
                scope = _scope(_object(scope_spans, "scope"))
                yield scope, resource, scope_spans.get("spans") or []


def _check_resource_spans(entry: Any, faults: Faults) -> None:
    if not isinstance(entry, dict):
        faults.bad_field("resourceSpans:not_an_object")
        return
    _check_list(_object(entry, "resource"), "attributes", "resource.attributes", faults)
    for scope_spans in _check_list(entry, "scopeSpans", "scopeSpans", faults):
        if not isinstance(scope_spans, dict):
            faults.bad_field("scopeSpans:not_an_object")
            continue
        scope = _object(scope_spans, "scope")
        faults.scope(_name(scope.get("name")))
        _check_list(scope, "attributes", "scope.attributes", faults)
        for span in _check_list(scope_spans, "spans", "spans", faults):
            faults.span(_span_reasons(span))


def _check_list(entry: dict[str, Any], key: str, called: str, faults: Faults) -> list[Any]:
    value = entry.get(key)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    faults.bad_field(f"{called}:not_an_array")
    return []


def _span_reasons(span: Any) -> list[str]:
    if not isinstance(span, dict):
        return ["span:not_an_object"]
    reasons = [f"{key}:{why}" for key in ("traceId", "spanId") if (why := _id_fault(span.get(key)))]
    if span.get("parentSpanId") and id_text(span["parentSpanId"]) is None:
        reasons.append("parentSpanId:not_a_string_or_bytes")
    reasons += [f"{key}:not_an_array" for key in ("attributes", "events") if _no_list(span, key)]
    events = span.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and _no_list(event, "attributes"):
            reasons.append("events.attributes:not_an_array")
    return reasons


def _id_fault(value: Any) -> str | None:
    if value is None or value == "":
        return "absent"
    known = id_text(value)
    if known is None:
        return "not_a_string_or_bytes"
    return None if known else "absent"


def _no_list(entry: dict[str, Any], key: str) -> bool:
    return entry.get(key) is not None and not isinstance(entry[key], list)


def _object(entry: dict[str, Any], key: str) -> dict[str, Any]:
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def _name(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value)


def _scope(entry: dict[str, Any]) -> Scope:
    described = {
        key: entry[key]
        for key in ("name", "version", "droppedAttributesCount")
        if entry.get(key) is not None
    }
    described["attributes"] = attributes(entry.get("attributes"))
    return Scope(_name(entry.get("name")), _name(entry.get("version")), described)


def _span(entry: dict[str, Any], scope: Scope, resource: Attributes, now_ms: int) -> Span:
    start, end = both_times(
        time_ms(entry.get("startTimeUnixNano")), time_ms(entry.get("endTimeUnixNano")), now_ms
    )
    status = _object(entry, "status")
    wrapped: dict[str, str] = {}
    message = status.get("message")
    return Span(
        trace_id=id_text(entry["traceId"]) or "",
        span_id=id_text(entry["spanId"]) or "",
        parent_id=id_text(entry.get("parentSpanId")) or None,
        name=_name(entry.get("name")),
        start_ms=start,
        end_ms=end,
        status_code=_status_code(status.get("code")),
        status_message=None if message is None else _name(message),
        attributes=attributes(entry.get("attributes"), wrapped),
        scope=scope,
        resource=resource,
        events=[_event(event) for event in entry.get("events") or () if isinstance(event, dict)],
        wrapped=wrapped,
    )


def _status_code(value: Any) -> int:
    if isinstance(value, str):
        return _STATUS_CODES.get(value, 0)
    return value if type(value) is int else 0


def _event(entry: dict[str, Any]) -> SpanEvent:
    when = time_ms(entry.get("timeUnixNano"))
    return SpanEvent(_name(entry.get("name")), when, attributes(entry.get("attributes")))


def attributes(entries: Any, wrapped: dict[str, str] | None = None) -> Attributes:
    """The decoded attributes, last of equal keys; entries without key or value are passed over.

    `wrapped` receives the JSON text of the values that have no plain form.
    """
    decoded: Attributes = {}
    for entry in entries or ():
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            continue
        value = entry.get("value")
        if value is None:
            continue
        decoded[entry["key"]] = plain = any_value(value)
        if wrapped is not None and isinstance(plain, (dict, list)) and not _has_values(value):
            wrapped[entry["key"]] = json_text(value)
    return decoded


def _has_values(value: Any) -> bool:
    array = value.get("arrayValue") if isinstance(value, dict) else None
    return isinstance(array, dict) and isinstance(array.get("values"), list)


def any_value(value: Any) -> Any:
    """One AnyValue as plain JSON; what has no plain form is the JSON text of its wrapper."""
    if not isinstance(value, dict):
        return value
    for key, decode in _DECODERS.items():
        inner = value.get(key, _ABSENT)
        if inner is not _ABSENT and inner is not None:
            decoded = decode(inner)
            return json_text(value) if decoded is _ABSENT else decoded
    return json_text(value)


def _array(value: Any) -> Any:
    if not isinstance(value, dict):
        return _ABSENT
    items = value.get("values")
    return [any_value(item) for item in items] if isinstance(items, list) else []


def _key_values(value: Any) -> Any:
    if not isinstance(value, dict):
        return _ABSENT
    entries = value.get("values")
    return attributes(entries if isinstance(entries, list) else ())


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else json_text(value)


_DECODERS = {
    "stringValue": _text,
    "boolValue": lambda value: value if isinstance(value, bool) else _ABSENT,
    "intValue": integer,
    "doubleValue": number,
    "arrayValue": _array,
    "kvlistValue": _key_values,
}
