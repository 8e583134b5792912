"""Which exports are refused as a whole, and in which words."""

from typing import Any

import orjson
import pytest

from collector.ingest.otlp_json import JsonExport
from collector.ingest.otlp_protobuf import ProtobufExport
from collector.ingest.otlp_span import InvalidExport, Limits
from tests.ingest.exports import json_export, json_span, protobuf_export

END = (
    "The entire export was rejected and no spans were ingested. "
    "Instrumentation scopes: {scopes}. "
    "This endpoint accepts OpenTelemetry traces only — "
    "if you are exporting OpenTelemetry logs, point your log exporter elsewhere."
)
SPAN_TEXT = (
    "Invalid OTLP trace export: {count} span(s) cannot be processed ({reasons}). "
    "traceId and spanId are required on every span, and each must be a string or a byte array. "
)
FIELD_TEXT = (
    "Invalid OTLP trace export: {count} resource- or scope-level field(s) are present "
    "but not arrays ({reasons}). scopeSpans, spans, attributes and events must all be arrays — "
    "OTLP attributes are a list of {{key, value}} entries, not a JSON object. "
)


def refusal(body: bytes) -> str:
    with pytest.raises(InvalidExport) as caught:
        JsonExport(body)
    return caught.value.message


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ({"spanId": None}, "spanId:absent"),
        ({"traceId": "", "spanId": []}, "traceId:absent, spanId:absent"),
        ({"traceId": 5}, "traceId:not_a_string_or_bytes"),
        ({"parentSpanId": 5}, "parentSpanId:not_a_string_or_bytes"),
        ({"attributes": {"a": "b"}}, "attributes:not_an_array"),
        ({"events": {}}, "events:not_an_array"),
        ({"events": [{"attributes": {}}]}, "events.attributes:not_an_array"),
    ],
)
def test_a_malformed_span_refuses_the_export(more: dict[str, Any], reasons: str) -> None:
    text = refusal(json_export(json_span(), json_span(**more)))
    expected = SPAN_TEXT.format(count="1 of 2", reasons=reasons) + END.format(scopes="some.scope")
    assert text == expected


@pytest.mark.parametrize(
    ("entry", "reason", "scopes"),
    [
        ({"resource": {"attributes": {"a": "b"}}}, "resource.attributes", "unknown"),
        ({"scopeSpans": {}}, "scopeSpans", "unknown"),
        ({"scopeSpans": [{"scope": {"name": "s"}, "spans": {}}]}, "spans", "s"),
        ({"scopeSpans": [{"scope": {"attributes": "x"}}]}, "scope.attributes", "unknown"),
    ],
)
def test_a_list_that_is_none_refuses_the_export(entry: Any, reason: str, scopes: str) -> None:
    text = refusal(orjson.dumps({"resourceSpans": [entry]}))
    field = FIELD_TEXT.format(count=1, reasons=f"{reason}:not_an_array")
    assert text == field + END.format(scopes=scopes)


@pytest.mark.parametrize("broken", [None, "x", 5, []])
def test_an_entry_that_is_no_object_refuses_the_export(broken: Any) -> None:
    assert "resourceSpans:not_an_object" in refusal(orjson.dumps({"resourceSpans": [broken]}))
    scope_spans = {"resourceSpans": [{"scopeSpans": [broken]}]}
    assert "scopeSpans:not_an_object" in refusal(orjson.dumps(scope_spans))
    assert "span:not_an_object" in refusal(json_export(broken))


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"[" * 500 + b"]" * 500, b"\xff\xfe"])
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    assert refusal(body) == "Failed to parse OTel JSON Trace"


def test_nesting_past_the_limit_is_refused() -> None:
    with pytest.raises(InvalidExport, match="Failed to parse OTel JSON Trace"):
        JsonExport(b"[" * 9 + b"]" * 9, Limits(json_depth_max=8))


def test_a_protobuf_span_without_ids_refuses_the_export() -> None:
    request = protobuf_export("good", "bad")
    request.resource_spans[0].scope_spans[0].spans[1].ClearField("span_id")
    with pytest.raises(InvalidExport) as caught:
        ProtobufExport(request.SerializeToString())
    expected = SPAN_TEXT.format(count="1 of 2", reasons="spanId:absent")
    assert caught.value.message == expected + END.format(scopes="some.scope")


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\xfd garbage",
        b"\x0a\x05ab",
        b"\x0a",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x02\x00",
        b"\x0b",
        b"\x0d\x00",
    ],
)
def test_bytes_that_are_no_message_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidExport, match="Failed to parse OTel Protobuf Trace"):
        ProtobufExport(body)


def test_an_answer_names_only_a_few_scopes() -> None:
    entries = [
        {"scopeSpans": [{"scope": {"name": f"scope-{number}" * 50}, "spans": {}}]}
        for number in range(500)
    ]
    assert len(refusal(orjson.dumps({"resourceSpans": entries}))) < 4_000
