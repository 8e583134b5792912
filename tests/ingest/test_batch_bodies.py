from typing import Any

import pytest

from tests.ingest.batches import TIME, TIME_MS, event, fields_of, issues_of, places_of, read

MODEL_TYPES = [
    *("generation-create", "generation-update", "agent-create", "tool-create", "chain-create"),
    *("retriever-create", "evaluator-create", "embedding-create", "guardrail-create"),
]
SPAN_TYPES = ["span-create", "span-update"]


def test_a_bare_trace_says_little() -> None:
    assert fields_of("trace-create", {"id": "t"}) == {"public": False, "environment": "default"}


def test_every_field_of_a_trace_is_translated() -> None:
    body = {
        "id": "t",
        "timestamp": TIME,
        "name": "n",
        "userId": "u",
        "sessionId": "s",
        "release": "r",
        "version": "v",
        "input": {"a": 1},
        "output": "text",
        "metadata": {"k": [1, None]},
        "tags": ["b", "a"],
        "public": True,
        "environment": "Prod",
        "externalId": "e",
        "unknown": 5,
    }

    assert fields_of("trace-create", body) == {
        "timestamp_ms": TIME_MS,
        "name": "n",
        "user_id": "u",
        "session_id": "s",
        "release": "r",
        "version": "v",
        "input": '{"a":1}',
        "output": "text",
        "metadata": {"k": [1, None]},
        "tags": ["b", "a"],
        "public": True,
        "environment": "prod",
    }


def test_nulls_of_a_trace_clear_only_what_can_be_cleared() -> None:
    keys = (
        *("timestamp", "name", "userId", "sessionId", "release", "version", "input", "output"),
        *("metadata", "tags", "public", "environment", "externalId"),
    )

    assert fields_of("trace-create", {"id": "t"} | dict.fromkeys(keys)) == {
        **dict.fromkeys(("name", "user_id", "session_id", "release", "version")),
        "public": False,
        "environment": "default",
    }


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"id": ""}, "too_small", ["id"]),
        ({"id": 5}, "invalid_type", ["id"]),
        ({"id": "x" * 801}, "too_big", ["id"]),
        ({"id": "\r"}, "custom", ["id"]),
        ({"name": "n" * 1001}, "too_big", ["name"]),
        ({"version": 1}, "invalid_type", ["version"]),
        ({"userId": 5}, "invalid_type", ["userId"]),
        ({"tags": "a"}, "invalid_type", ["tags"]),
        ({"tags": ["a", 1]}, "invalid_type", ["tags", 1]),
        ({"public": "true"}, "invalid_type", ["public"]),
        ({"public": 1}, "invalid_type", ["public"]),
        ({"timestamp": 5}, "invalid_type", ["timestamp"]),
        ({"timestamp": "today"}, "invalid_format", ["timestamp"]),
        ({"externalId": 5}, "invalid_type", ["externalId"]),
    ],
)
def test_a_wrong_trace_says_where(body: dict[str, Any], code: str, path: list[Any]) -> None:
    assert places_of("trace-create", {"id": "t"} | body) == [(code, ["body", *path])]


def test_a_trace_name_of_a_thousand_characters_is_good() -> None:
    assert fields_of("trace-create", {"id": "t", "name": "n" * 1000})["name"] == "n" * 1000


@pytest.mark.parametrize("value", [None, "", 0, False, 0.0])
def test_payloads_that_never_overwrite_are_left_out(value: Any) -> None:
    assert "input" not in fields_of("span-create", {"id": "o", "input": value})


@pytest.mark.parametrize(
    ("value", "text"),
    [({}, "{}"), ([], "[]"), (True, "true"), (1.0, "1"), ("12", "12"), ([1, "ä"], '[1,"ä"]')],
)
def test_other_payloads_are_kept_as_text(value: Any, text: str) -> None:
    assert fields_of("span-create", {"id": "o", "output": value})["output"] == text


@pytest.mark.parametrize(
    ("value", "wrapped"),
    [
        ("text", "text"),
        (5, "5"),
        (1.5, "1.5"),
        (True, "true"),
        ([1, {"a": None}], '[1,{"a":null}]'),
        ("", ""),
    ],
)
def test_metadata_that_is_no_object_is_wrapped(value: Any, wrapped: str) -> None:
    assert fields_of("trace-create", {"metadata": value})["metadata"] == {"metadata": wrapped}


@pytest.mark.parametrize(
    ("event_type", "stored_as"),
    [
        ("span-create", "SPAN"),
        ("span-update", "SPAN"),
        ("event-create", "EVENT"),
        ("generation-create", "GENERATION"),
        ("generation-update", "GENERATION"),
        ("agent-create", "AGENT"),
        ("tool-create", "TOOL"),
        ("chain-create", "CHAIN"),
        ("retriever-create", "RETRIEVER"),
        ("evaluator-create", "EVALUATOR"),
        ("embedding-create", "EMBEDDING"),
        ("guardrail-create", "GUARDRAIL"),
    ],
)
def test_the_type_of_an_observation_follows_its_event(event_type: str, stored_as: str) -> None:
    (change,) = read(event(event_type, {"id": "o"})).changes

    assert change.kind == "observation"
    assert change.update is event_type.endswith("-update")
    assert change.fields == {"type": stored_as, "environment": "default"}


@pytest.mark.parametrize("event_type", [*SPAN_TYPES, "event-create", *MODEL_TYPES])
def test_an_observation_needs_an_id(event_type: str) -> None:
    assert places_of(event_type, {"name": "n"}) == [("invalid_type", ["body", "id"])]


@pytest.mark.parametrize("event_type", [*SPAN_TYPES, *MODEL_TYPES])
def test_every_common_field_of_an_observation_is_translated(event_type: str) -> None:
    body = {
        "id": "o",
        "traceId": "t",
        "parentObservationId": "p",
        "name": "n",
        "startTime": TIME,
        "endTime": "2026-11-20T10:00:01Z",
        "input": [1],
        "output": "text",
        "metadata": {"k": 1},
        "level": "WARNING",
        "statusMessage": "slow",
        "version": "v",
        "environment": "langfuse-prod",
    }
    fields = fields_of(event_type, body)
    fields.pop("type")

    assert fields == {
        "trace_id": "t",
        "parent_id": "p",
        "name": "n",
        "start_ms": TIME_MS,
        "end_ms": TIME_MS + 1000,
        "input": "[1]",
        "output": "text",
        "metadata": {"k": 1},
        "level": "WARNING",
        "status_message": "slow",
        "version": "v",
        "environment": "prod",
    }


def test_nulls_of_an_observation_are_kept_where_the_merge_asks() -> None:
    keys = (
        *("traceId", "parentObservationId", "name", "startTime", "endTime", "input", "output"),
        *("metadata", "level", "statusMessage", "version", "environment", "completionStartTime"),
        *("model", "modelParameters", "usage", "usageDetails", "costDetails"),
        *("promptName", "promptVersion"),
    )

    assert fields_of("generation-create", {"id": "o"} | dict.fromkeys(keys)) == {
        "type": "GENERATION",
        "environment": "default",
        **dict.fromkeys(("parent_id", "name", "end_ms", "level", "status_message", "version")),
        **dict.fromkeys(("completion_start_ms", "model", "model_parameters")),
    }


def test_model_fields_of_a_generation_are_translated() -> None:
    parameters = {"a": 1, "b": "x", "c": ["p"], "d": {"e": "f"}, "g": None, "h": True}
    body = {
        "id": "o",
        "completionStartTime": TIME,
        "model": "m",
        "modelParameters": parameters,
        "promptName": "p",
        "promptVersion": 3.0,
    }

    assert fields_of("generation-create", body) == {
        "type": "GENERATION",
        "environment": "default",
        "completion_start_ms": TIME_MS,
        "model": "m",
        "model_parameters": parameters,
        "prompt_name": "p",
        "prompt_version": 3,
    }


@pytest.mark.parametrize("event_type", [*SPAN_TYPES, "event-create"])
def test_model_fields_of_other_events_are_dropped(event_type: str) -> None:
    body = {"id": "o", "model": 5, "usage": "many", "usageDetails": {"input": 1}, "promptName": "p"}

    assert fields_of(event_type, body).keys() == {"type", "environment"}


def test_an_event_has_no_end_even_a_malformed_one() -> None:
    assert "end_ms" not in fields_of("event-create", {"id": "o", "endTime": "nonsense"})


def test_an_empty_parent_is_said() -> None:
    assert fields_of("span-create", {"id": "o", "parentObservationId": ""})["parent_id"] == ""


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"traceId": ""}, "too_small", ["traceId"]),
        ({"level": "warning"}, "invalid_value", ["level"]),
        ({"level": 5}, "invalid_value", ["level"]),
        ({"startTime": "not-a-date"}, "invalid_format", ["startTime"]),
        ({"endTime": 5}, "invalid_type", ["endTime"]),
        ({"model": 5}, "invalid_type", ["model"]),
        ({"modelParameters": [1]}, "invalid_type", ["modelParameters"]),
        ({"modelParameters": {"a": {"b": 1}}}, "invalid_union", ["modelParameters", "a"]),
        ({"modelParameters": {"a": [1]}}, "invalid_union", ["modelParameters", "a"]),
        ({"usage": 5}, "invalid_type", ["usage"]),
        ({"usage": {"input": "many"}}, "invalid_type", ["usage", "input"]),
        ({"usage": {"input": 1.5}}, "invalid_type", ["usage", "input"]),
        ({"usage": {"input": True}}, "invalid_type", ["usage", "input"]),
        ({"usage": {"input": 1, "unit": "BYTES"}}, "invalid_value", ["usage", "unit"]),
        ({"usage": {"totalCost": "1"}}, "invalid_type", ["usage", "totalCost"]),
        ({"usageDetails": [1]}, "invalid_type", ["usageDetails"]),
        ({"costDetails": "1"}, "invalid_type", ["costDetails"]),
        ({"promptVersion": 1.5}, "invalid_type", ["promptVersion"]),
        ({"promptName": "p"}, "custom", []),
        ({"promptVersion": 1}, "custom", []),
        ({"promptName": "p", "promptVersion": 0}, "custom", []),
        ({"promptName": "", "promptVersion": 1}, "custom", []),
    ],
)
def test_a_wrong_generation_says_where(body: dict[str, Any], code: str, path: list[Any]) -> None:
    assert places_of("generation-create", {"id": "o"} | body) == [(code, ["body", *path])]


def test_an_unset_prompt_pair_is_left_out() -> None:
    fields = fields_of("generation-create", {"id": "o", "promptName": "", "promptVersion": 0})

    assert fields.keys() == {"type", "environment"}


def test_a_wrong_parameter_tells_why_it_is_none_of_five_forms() -> None:
    body = {"id": "o", "modelParameters": {"a": {"b": 1}}}
    (issue,) = issues_of(event("generation-create", body))

    assert [branch[0]["message"] for branch in issue["errors"]] == [
        "Invalid input: expected string, received object",
        "Invalid input: expected number, received object",
        "Invalid input: expected boolean, received object",
        "Invalid input: expected array, received object",
        "Invalid input: expected string, received number",
    ]


@pytest.mark.parametrize("stored_as", ["GENERATION", "SPAN", "EVENT"])
def test_the_oldest_observations_name_their_type_and_have_no_environment(stored_as: str) -> None:
    body = {
        "id": "o",
        "type": stored_as,
        "environment": "prod",
        "usage": {"input": 9},
        "model": "m",
    }

    assert fields_of("observation-create", body) == {
        "type": stored_as,
        "environment": "default",
        "model": "m",
        "usage": {"input": 9, "total": 9},
    }


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ["type"]),
        ({"type": None}, ["type"]),
        ({"type": "AGENT"}, ["type"]),
        ({"type": "SPAN", "modelParameters": {"a": ["p"]}}, ["modelParameters", "a"]),
        ({"type": "SPAN", "id": ""}, ["id"]),
    ],
)
def test_a_wrong_oldest_observation_says_where(body: dict[str, Any], path: list[str]) -> None:
    assert [place for _, place in places_of("observation-create", body)] == [["body", *path]]
