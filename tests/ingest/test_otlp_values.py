"""Ids, times and attribute values, in both wire forms."""

from typing import Any

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from collector.ingest import otlp_protobuf
from collector.ingest.otlp_json import JsonExport
from collector.ingest.otlp_span import Span
from collector.ingest.otlp_values import both_times, id_text, integer, number, time_ms
from tests.ingest.exports import START_MS, decoded_attributes, json_export, json_span


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Not Hex", "Not Hex"),
        ([1, 171, 255], "01abff"),
        ({"type": "Buffer", "data": [16, 2]}, "1002"),
        (12, None),
        ({"data": [1]}, None),
        ([1, "2"], None),
        ([True], None),
    ],
)
def test_an_id_is_text_or_bytes(value: Any, text: str | None) -> None:
    assert id_text(value) == text


@pytest.mark.parametrize(
    ("value", "passed_ms"),
    [
        ("1700000000000999999", START_MS),
        (1_700_000_000_000_999_998, START_MS),
        (1.7e18, START_MS),
        ({"high": 395_812_000, "low": -1_000_000}, (395_812_000 * 2**32 + 2**32 - 10**6) // 10**6),
        ("0", None),
        ("999999", None),
        (0.5, None),
        ("-5", None),
        ("soon", None),
        (True, None),
        (float("inf"), None),
        ({"high": "1"}, None),
        ("9" * 19, 9_999_999_999_999),
        (10**24, None),
    ],
)
def test_a_time_is_nanoseconds_in_any_writing(value: Any, passed_ms: int | None) -> None:
    assert time_ms(value) == passed_ms


@pytest.mark.parametrize(
    ("start", "end", "both"),
    [
        (5, 9, (5, 9)),
        (5, None, (5, 5)),
        (None, 9, (9, 9)),
        (None, None, (77, 77)),
        (9, 5, (9, 9)),
    ],
)
def test_a_missing_time_is_the_other_one(
    start: int | None, end: int | None, both: tuple[int, int]
) -> None:
    assert both_times(start, end, now_ms=77) == both


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("42", 42),
        ("-1", -1),
        (7.0, 7),
        ({"high": 0, "low": 9}, 9),
        ({"high": -1, "low": -2}, -2),
        ("9007199254740993", 9007199254740992),
        ("1e3", 1000),
        ("many", "many"),
        (2**64 - 1, 2.0**64),
    ],
)
def test_an_integer_is_a_number_whatever_its_writing(value: Any, known: Any) -> None:
    assert integer(value) == known


@pytest.mark.parametrize(
    ("value", "known"),
    [
        (0.5, 0.5),
        ("0.25", 0.25),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
        (2.0, 2),
    ],
)
def test_a_double_that_json_cannot_say_is_its_name(value: Any, known: Any) -> None:
    assert number(value) == known


def test_json_values_are_decoded_by_kind() -> None:
    assert decoded_attributes(
        text={"stringValue": "t"},
        flag={"boolValue": False},
        count={"intValue": "3"},
        items={"arrayValue": {"values": [{"intValue": 1}, {"kvlistValue": {"values": []}}]}},
        none={"arrayValue": {}},
        pairs={"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": True}}]}},
        raw={"bytesValue": "aGk="},
        empty={},
        null=None,
        bare="as it is",
    ) == {
        "text": "t",
        "flag": False,
        "count": 3,
        "items": [1, {}],
        "none": [],
        "pairs": {"a": True},
        "raw": '{"bytesValue":"aGk="}',
        "empty": "{}",
        "bare": "as it is",
    }


def protobuf_attributes(**values: AnyValue) -> dict[str, Any]:
    entries = [KeyValue(key=key, value=value) for key, value in values.items()]
    return otlp_protobuf.attributes([*entries, KeyValue(key="without value")])


def test_protobuf_values_are_decoded_alike() -> None:
    pairs, items, none = AnyValue(), AnyValue(), AnyValue()
    pairs.kvlist_value.values.append(KeyValue(key="a", value=AnyValue(bool_value=True)))
    items.array_value.values.extend([AnyValue(int_value=1), AnyValue(string_value="z")])
    none.array_value.SetInParent()
    assert protobuf_attributes(
        text=AnyValue(string_value="t"),
        flag=AnyValue(bool_value=False),
        count=AnyValue(int_value=2**53 + 1),
        lost=AnyValue(double_value=float("nan")),
        pairs=pairs,
        items=items,
        none=none,
        raw=AnyValue(bytes_value=b"hi"),
        empty=AnyValue(),
    ) == {
        "text": "t",
        "flag": False,
        "count": 2**53,
        "lost": "NaN",
        "pairs": {"a": True},
        "items": [1, "z"],
        "none": [],
        "raw": '{"bytesValue":"aGk="}',
        "empty": "{}",
    }


def test_the_last_of_equal_keys_counts() -> None:
    entries = [{"key": "k", "value": {"intValue": number}} for number in (1, 2)]
    assert only_span(json_span(attributes=entries)).attributes == {"k": 2}


def only_span(made: dict[str, Any], **more: Any) -> Span:
    [found] = JsonExport(json_export(made, **more)).spans(now_ms=77)
    return found


def test_ids_of_json_are_taken_as_they_are() -> None:
    made = json_span(traceId="My Trace", spanId=[1, 2], parentSpanId="")
    found = only_span(made)
    assert (found.trace_id, found.span_id, found.parent_id) == ("My Trace", "0102", None)


def test_a_span_without_times_is_now() -> None:
    found = only_span({"traceId": "t", "spanId": "s"})
    assert (found.start_ms, found.end_ms, found.name) == (77, 77, "")


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        ({"code": 2, "message": "boom"}, 2, "boom"),
        ({"code": "STATUS_CODE_ERROR"}, 2, None),
        ({"code": "nonsense"}, 0, None),
        ("broken", 0, None),
    ],
)
def test_a_status_is_read_by_number_or_name(status: Any, code: int, message: str | None) -> None:
    found = only_span(json_span(status=status))
    assert (found.status_code, found.status_message) == (code, message)


def test_a_scope_is_described_as_it_came() -> None:
    entry = {"key": "a", "value": {"intValue": 1}}
    scope = {"name": "n", "version": "1", "droppedAttributesCount": 0, "attributes": [entry]}
    assert only_span(json_span(), scope=scope).scope.described == {
        "name": "n",
        "version": "1",
        "droppedAttributesCount": 0,
        "attributes": {"a": 1},
    }
