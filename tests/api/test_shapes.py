"""Rows of the store become the objects that clients validate."""

from typing import Any

import orjson
import pytest

from collector.api.answers import JSONAnswer
from collector.api.shapes import observation, score, trace
from collector.api.shapes.values import iso_time, metadata, payload, seconds_between

NOON_MS = 1_795_262_400_000  # 2026-11-21T12:00:00Z
ALL = frozenset(trace.GROUPS)


def observation_row(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "o1",
        "trace_id": "t1",
        "parent_id": None,
        "type": "GENERATION",
        "name": "llm",
        "environment": "default",
        "level": "DEFAULT",
        "status_message": None,
        "version": None,
        "start_ms": NOON_MS,
        "end_ms": NOON_MS + 1500,
        "completion_start_ms": NOON_MS + 250,
        "model": "gpt",
        "model_id": "m1",
        "model_parameters": {"temperature": 0.5},
        "prompt_id": None,
        "prompt_name": None,
        "prompt_version": None,
        "usage_details": {"input": 10, "input_cached": 5, "output": 2, "total": 17},
        "cost_details": {"input": 0.5, "output": 1.0, "total": 1.5},
        "pricing_tier_id": "tier",
        "pricing_tier_name": "Standard",
        "input_price": 0.05,
        "output_price": None,
        "total_price": None,
        "source": "api",
        "created_ms": NOON_MS,
        "updated_ms": NOON_MS + 7,
        "input": '{"q": 1}',
        "output": "42",
        "metadata": {"k": "v"},
    }
    return row | changes


def trace_row(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "a/b c",
        "timestamp_ms": NOON_MS,
        "name": "",
        "user_id": None,
        "session_id": None,
        "release": None,
        "version": None,
        "environment": "default",
        "tags": ["a"],
        "public": False,
        "bookmarked": False,
        "created_ms": NOON_MS,
        "updated_ms": NOON_MS,
        "input": None,
        "output": "",
        "metadata": None,
        "observation_ids": ["o1"],
        "score_ids": ["s1"],
        "total_cost": 2.0,
        "latency_list_ms": 19_000,
    }
    return row | changes


def score_row(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "s1",
        "trace_id": "t1",
        "observation_id": None,
        "session_id": None,
        "dataset_run_id": None,
        "name": "quality",
        "data_type": "NUMERIC",
        "value": 0.5,
        "string_value": None,
        "long_string_value": None,
        "comment": None,
        "metadata": {},
        "environment": "default",
        "source": "API",
        "config_id": None,
        "queue_id": None,
        "execution_trace_id": None,
        "author_user_id": None,
        "timestamp_ms": NOON_MS,
        "created_ms": NOON_MS,
        "updated_ms": NOON_MS,
    }
    return row | changes


def as_sent(value: Any) -> Any:
    """What a client parses."""
    return orjson.loads(JSONAnswer(value).body)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (None, None),
        ("", None),
        ("plain", "plain"),
        ("42", 42),
        ("null", None),
        (' {"a": [1]} ', {"a": [1]}),
        ("{broken", "{broken"),
        ("NaN", "NaN"),
        ('"\\ud800"', '"\\ud800"'),
        ('{"n":12345678901234567890}', {"n": "12345678901234567890"}),
        ("-9007199254740993", "-9007199254740993"),
        ("9007199254740992", 9007199254740992),
        ('"1234567890123456789 \\" 1"', '1234567890123456789 " 1'),
        ("[1234567890.12345678901]", [1234567890.123456789]),
    ],
)
def test_a_payload_is_json_where_it_parses_and_exact_in_any_case(text: str, value: Any) -> None:
    assert as_sent(payload(text)) == value


def test_a_payload_nested_deeper_than_a_serialiser_goes_is_still_answered() -> None:
    deep = "[" * 900 + "]" * 900
    assert JSONAnswer(payload(deep)).body == deep.encode()


def test_metadata_texts_are_parsed_at_the_top_level_only() -> None:
    stored = {"n": "5", "e": "", "deep": {"n": "5", "big": 2**54}, "x": 1.0, "null": None}
    sent = as_sent(metadata(stored))
    assert sent == {"n": 5, "e": "", "deep": {"n": "5", "big": str(2**54)}, "x": 1, "null": None}


@pytest.mark.parametrize(
    ("time_ms", "text"),
    [
        (None, None),
        (NOON_MS + 1, "2026-11-21T12:00:00.001Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_times_have_three_digits_and_a_zone(time_ms: int | None, text: str | None) -> None:
    assert iso_time(time_ms) == text


def test_durations_are_seconds_and_unknown_without_an_end() -> None:
    assert seconds_between(NOON_MS, NOON_MS + 1250) == 1.25
    assert seconds_between(NOON_MS, None) is None


def test_an_observation_has_exactly_the_keys_of_v1() -> None:
    assert as_sent(observation.single(observation_row(), "p")) == {
        "id": "o1",
        "traceId": "t1",
        "projectId": "p",
        "parentObservationId": None,
        "type": "GENERATION",
        "environment": "default",
        "name": "llm",
        "level": "DEFAULT",
        "statusMessage": None,
        "version": None,
        "startTime": "2026-11-21T12:00:00.000Z",
        "endTime": "2026-11-21T12:00:01.500Z",
        "completionStartTime": "2026-11-21T12:00:00.250Z",
        "createdAt": "2026-11-21T12:00:00.000Z",
        "updatedAt": "2026-11-21T12:00:00.007Z",
        "input": {"q": 1},
        "output": 42,
        "metadata": {"k": "v"},
        "model": "gpt",
        "modelId": "m1",
        "modelParameters": {"temperature": 0.5},
        "promptId": None,
        "promptName": None,
        "promptVersion": None,
        "latency": 1.5,
        "timeToFirstToken": 0.25,
        "usageDetails": {"input": 10, "input_cached": 5, "output": 2, "total": 17},
        "costDetails": {"input": 0.5, "output": 1, "total": 1.5},
        "usagePricingTierId": "tier",
        "usagePricingTierName": "Standard",
        "inputPrice": 0.05,
        "outputPrice": None,
        "totalPrice": None,
        "calculatedInputCost": 0.5,
        "calculatedOutputCost": 1,
        "calculatedTotalCost": 1.5,
        "unit": "TOKENS",
        "promptTokens": 15,
        "completionTokens": 2,
        "totalTokens": 17,
        "usage": {"unit": "TOKENS", "input": 15, "output": 2, "total": 17},
    }


def test_only_lists_hide_the_pricing_tier_and_only_traces_have_zero_prices() -> None:
    listed = observation.list_item(observation_row(), "p")
    nested = observation.of_trace(observation_row(), "p")
    assert (listed["usagePricingTierId"], listed["outputPrice"]) == (None, None)
    assert (nested["usagePricingTierId"], nested["outputPrice"]) == ("tier", 0)


def test_an_observation_without_usage_costs_nothing_and_has_no_tier() -> None:
    item = observation.single(observation_row(usage_details={}, cost_details={}), "p")
    assert item["usagePricingTierId"] is None
    assert (item["calculatedInputCost"], item["calculatedTotalCost"]) == (None, 0)
    assert (item["promptTokens"], item["totalTokens"]) == (0, 0)


@pytest.mark.parametrize(("kind", "end"), [("SPAN", "2026-11-21T12:00:01.500Z"), ("EVENT", None)])
def test_otlp_spans_and_events_show_neither_model_nor_usage(kind: str, end: str | None) -> None:
    item = observation.single(observation_row(source="otel", type=kind), "p")
    assert (item["model"], item["usageDetails"], item["calculatedTotalCost"]) == (None, {}, 0)
    assert item["endTime"] == end


def test_a_trace_list_item_names_its_parts_and_measures() -> None:
    item = as_sent(trace.list_item(trace_row(), "p", ALL))
    assert item["htmlPath"] == "/project/p/traces/a/b c"
    assert (item["observations"], item["scores"]) == (["o1"], ["s1"])
    assert (item["totalCost"], item["latency"]) == (2, 19)
    assert (item["name"], item["output"], item["metadata"]) == ("", None, {})


def test_groups_left_out_have_placeholders() -> None:
    row = {
        key: value
        for key, value in trace_row().items()
        if key not in ("input", "output", "metadata", "observation_ids", "total_cost")
    }
    item = trace.list_item(row, "p", frozenset({"core", "scores"}))
    assert (item["totalCost"], item["latency"], item["observations"]) == (-1, -1, [])
    assert (item["input"], item["metadata"], item["scores"]) == (None, {}, ["s1"])


def test_a_full_trace_leaves_out_what_began_an_hour_before_it() -> None:
    early = observation_row(id="early", start_ms=NOON_MS - 3_600_001)
    scores = [score_row(), score_row(id="old", timestamp_ms=NOON_MS - 3_600_001)]
    item = trace.full(trace_row(), "p", ALL, [early, observation_row()], scores)
    assert [o["id"] for o in item["observations"]] == ["o1"]
    assert [s["id"] for s in item["scores"]] == ["s1"]
    assert (item["latency"], item["totalCost"]) == (1.5, 1.5)


def test_a_full_trace_without_ends_lasts_from_first_to_last_start() -> None:
    rows = [
        observation_row(end_ms=None),
        observation_row(id="o2", start_ms=NOON_MS + 3250, end_ms=None),
    ]
    assert trace.full(trace_row(), "p", ALL, rows, [])["latency"] == 3.25
    assert trace.full(trace_row(), "p", ALL, [], [])["latency"] == 0


def test_corrections_are_not_shown_with_the_trace() -> None:
    item = trace.full(trace_row(), "p", ALL, [], [score_row(data_type="CORRECTION")])
    assert item["scores"] == []


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ({"value": 2.0}, {"value": 2, "stringValue": None}),
        ({"data_type": "BOOLEAN", "value": 1.0}, {"value": 1, "stringValue": "True"}),
        ({"data_type": "BOOLEAN", "value": 0.0}, {"value": 0, "stringValue": "False"}),
        (
            {"data_type": "CATEGORICAL", "value": None, "string_value": "blue"},
            {"value": 0, "stringValue": "blue"},
        ),
        ({"data_type": "TEXT", "string_value": "words"}, {"stringValue": "words"}),
        (
            {"data_type": "CORRECTION", "long_string_value": "better"},
            {"value": 0, "stringValue": "better"},
        ),
    ],
)
def test_the_value_of_a_score_follows_its_type(row: dict[str, Any], value: dict[str, Any]) -> None:
    item = score.v1(score_row(**row), "p")
    assert {key: item[key] for key in ("value", "stringValue") if key in item} == value


def test_only_v2_scores_name_session_and_run_and_only_trace_scores_a_trace() -> None:
    of_session = score_row(trace_id=None, session_id="s")
    assert {"sessionId", "datasetRunId"} == set(score.v2(of_session, "p")) - set(
        score.v1(of_session, "p")
    )
    assert score.trace_v2(of_session) is None
