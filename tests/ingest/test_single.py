from typing import Any

import pytest

from collector.errors import TooLarge, ValidationFailed
from collector.ingest import bodies
from collector.ingest.single import (
    read_score_array,
    read_single_observation,
    read_single_score,
    read_single_trace,
)
from tests.ingest.batches import TIME, TIME_MS

NOW_MS = 1_000_000
SCORE = {"id": "s", "name": "n", "value": 1, "traceId": "t"}


def test_a_posted_trace_is_a_trace_of_now() -> None:
    trace_id, (change,) = read_single_trace({"id": "t", "name": "n", "timestamp": TIME}, NOW_MS)

    assert (trace_id, change.kind, change.time_ms, change.update) == ("t", "trace", NOW_MS, False)
    assert change.fields == {
        "name": "n",
        "timestamp_ms": TIME_MS,
        "public": False,
        "environment": "default",
    }


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": ""}])
def test_a_posted_trace_without_an_id_is_given_one(body: dict[str, Any]) -> None:
    trace_id, (change,) = read_single_trace(body, NOW_MS)

    assert len(trace_id) == 36
    assert change.id == trace_id


@pytest.mark.parametrize("body", ["", None, [], 5])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        read_single_trace(body, NOW_MS)

    assert refusal.value.issues[0]["message"].startswith("Invalid input: expected object")


def test_a_wrong_field_is_named_without_an_envelope() -> None:
    with pytest.raises(ValidationFailed) as refusal:
        read_single_trace({"id": "t", "name": 5}, NOW_MS)

    assert refusal.value.issues == [
        {
            "expected": "string",
            "code": "invalid_type",
            "path": ["name"],
            "message": "Invalid input: expected string, received number",
        }
    ]


def test_a_posted_generation_has_a_prompt_and_a_completion() -> None:
    body = {
        "id": "g",
        "traceId": "t",
        "parentObservationId": "p",
        "prompt": {"p": 1},
        "completion": "c",
        "input": "ignored",
        "environment": "ignored",
        "usage": {"promptTokens": 5, "completionTokens": 6},
    }
    _, (change,) = read_single_observation(body, NOW_MS, bodies.POSTED_GENERATION, "GENERATION")

    assert change.fields == {
        "type": "GENERATION",
        "trace_id": "t",
        "parent_id": "p",
        "input": '{"p":1}',
        "output": "c",
        "usage": {"input": 5, "output": 6, "total": 11},
        "environment": "default",
    }


@pytest.mark.parametrize(
    ("schema", "key"),
    [(bodies.PATCHED_SPAN, "spanId"), (bodies.PATCHED_GENERATION, "generationId")],
)
def test_a_patch_names_its_observation_by_its_own_key(schema: Any, key: str) -> None:
    body = {key: "o", "id": "ignored", "endTime": TIME, "parentObservationId": "ignored"}
    entity_id, (change,) = read_single_observation(body, NOW_MS, schema, "SPAN", update=True)

    assert (entity_id, change.id, change.update) == ("o", "o", True)
    assert change.fields == {"type": "SPAN", "end_ms": TIME_MS, "environment": "default"}


@pytest.mark.parametrize(
    ("schema", "body", "key"),
    [
        (bodies.PATCHED_SPAN, {"id": "o"}, "spanId"),
        (bodies.PATCHED_GENERATION, {"generationId": ""}, "generationId"),
        (bodies.POSTED_EVENT, {}, "id"),
        (bodies.POSTED_EVENT, {"id": ""}, "id"),
    ],
)
def test_an_observation_that_must_be_named_is_refused_without(
    schema: Any, body: dict[str, Any], key: str
) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        read_single_observation(body, NOW_MS, schema, "SPAN")

    assert refusal.value.issues[0]["path"] == [key]


def test_a_posted_span_without_an_id_is_given_one() -> None:
    entity_id, _ = read_single_observation({"id": ""}, NOW_MS, bodies.POSTED_SPAN, "SPAN")

    assert len(entity_id) == 36


def test_a_posted_score_is_of_now_whatever_time_it_names() -> None:
    score_id, (change,) = read_single_score(SCORE | {"timestamp": TIME}, NOW_MS)

    assert (score_id, change.kind, change.time_ms) == ("s", "score", NOW_MS)
    assert "timestamp_ms" not in change.fields


def test_scores_of_an_array_have_the_time_they_name() -> None:
    result = read_score_array([SCORE | {"timestamp": TIME}, SCORE | {"id": ""}], NOW_MS, 10)

    assert [change.time_ms for change in result.changes] == [TIME_MS, NOW_MS]
    assert (result.accepted_count, result.errors) == (2, [])
    assert len(result.changes[1].id) == 36


def test_a_bad_score_never_fails_the_others() -> None:
    items = ["no object", SCORE, {"name": "n", "value": None}, SCORE | {"timestamp": "yesterday"}]
    result = read_score_array(items, NOW_MS, 10)

    assert result.accepted_count == 1
    assert [error["message"].partition(":")[0] for error in result.errors] == [
        "score",
        "value",
        "timestamp",
    ]


def test_a_correction_of_a_session_is_accepted_and_left_to_the_flush() -> None:
    item = {"name": "n", "value": "c", "dataType": "CORRECTION", "sessionId": "s"}
    result = read_score_array([item], NOW_MS, 10)

    assert (result.accepted_count, len(result.changes)) == (1, 1)


def test_more_scores_than_the_limit_are_refused() -> None:
    with pytest.raises(TooLarge):
        read_score_array([SCORE] * 3, NOW_MS, 2)
