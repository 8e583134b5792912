from typing import Any

import pytest

from collector.errors import TooLarge
from collector.ingest.batch import InvalidBatch, read_batch
from collector.ingest.issues import ISSUES_MAX
from tests.ingest.batches import TIME, TIME_MS, event, issues_of, read


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "Invalid input: expected array, received undefined"),
        ({"batch": None}, "Invalid input: expected array, received null"),
        ({"batch": {"a": 1}}, "Invalid input: expected array, received object"),
        ([], "Invalid input: expected object, received array"),
        ("", "Invalid input: expected object, received string"),
        (None, "Invalid input: expected object, received null"),
        (True, "Invalid input: expected object, received boolean"),
        (5, "Invalid input: expected object, received number"),
    ],
)
def test_a_body_without_a_batch_is_refused_in_one_sentence(body: Any, sentence: str) -> None:
    with pytest.raises(InvalidBatch) as refusal:
        read_batch(body, "project")

    assert refusal.value.message == sentence


def test_an_empty_batch_is_good() -> None:
    result = read_batch({"batch": [], "metadata": None, "unknown": 1}, "project")

    assert result.answer() == {"successes": [], "errors": []}


def test_more_events_than_the_limit_are_refused() -> None:
    with pytest.raises(TooLarge, match="3 events in one batch, at most 2"):
        read_batch({"batch": [1, 2, 3]}, "project", 2)


@pytest.mark.parametrize(
    ("envelope", "code", "path"),
    [
        ({"id": ""}, "too_small", ["id"]),
        ({"id": "x" * 801}, "too_big", ["id"]),
        ({"id": "🌍" * 401}, "too_big", ["id"]),
        ({"id": "a\rb"}, "custom", ["id"]),
        ({"id": 5}, "invalid_type", ["id"]),
        ({"id": None}, "invalid_type", ["id"]),
        ({"timestamp": None}, "invalid_type", ["timestamp"]),
        ({"timestamp": TIME_MS}, "invalid_type", ["timestamp"]),
        ({"timestamp": "2026-11-20T10:00:00"}, "invalid_format", ["timestamp"]),
        ({"type": "agent-update"}, "invalid_union", ["type"]),
        ({"type": "dataset-run-item-create"}, "invalid_union", ["type"]),
        ({"type": None}, "invalid_union", ["type"]),
        ({"type": ["trace-create"]}, "invalid_union", ["type"]),
        ({"body": None}, "invalid_type", ["body"]),
        ({"body": [1]}, "invalid_type", ["body"]),
    ],
)
def test_a_wrong_envelope_says_where(envelope: dict[str, Any], code: str, path: list[str]) -> None:
    (issue,) = issues_of(event("trace-create", {"id": "t"}) | envelope)

    assert (issue["code"], issue["path"]) == (code, path)


@pytest.mark.parametrize(
    "event_id", ["x", "x" * 800, "🌍" * 400, "a/b c?&%", "line\nfeed", "nul\0"]
)
def test_any_other_envelope_id_is_good(event_id: str) -> None:
    result = read(event("trace-create", {"id": "t"}, id=event_id, metadata=None, unknown=[1]))

    assert result.successes == [{"id": event_id, "status": 201}]


@pytest.mark.parametrize("key", ["id", "timestamp", "type", "body"])
def test_each_key_of_the_envelope_is_required(key: str) -> None:
    envelope = event("trace-create", {"id": "t"})
    del envelope[key]

    assert issues_of(envelope)[0]["path"] == [key]


@pytest.mark.parametrize(
    ("item", "named"),
    [
        ("text", "unknown"),
        (None, "unknown"),
        ([], "unknown"),
        ({}, "unknown"),
        ({"id": 5}, "unknown"),
        ({"id": ""}, ""),
        ({"id": "e"}, "e"),
    ],
)
def test_an_error_names_the_envelope(item: Any, named: str) -> None:
    (error,) = read(item).errors

    assert error | {"error": ""} == {
        "id": named,
        "status": 400,
        "message": "Invalid request data",
        "error": "",
    }


def test_issues_are_one_text_indented_by_two_blanks() -> None:
    (error,) = read(event("trace-create", {"id": 5})).errors

    assert error["error"] == (
        '[\n  {\n    "expected": "string",\n    "code": "invalid_type",\n    "path": [\n'
        '      "body",\n      "id"\n    ],\n'
        '    "message": "Invalid input: expected string, received number"\n  }\n]'
    )


def test_all_wrong_fields_of_an_event_are_told_at_once() -> None:
    issues = issues_of(event("trace-create", {"id": "", "name": 5, "tags": [1]}, timestamp="x"))

    assert [issue["path"] for issue in issues] == [
        ["timestamp"],
        ["body", "id"],
        ["body", "name"],
        ["body", "tags", 0],
    ]


def test_a_million_mistakes_give_a_short_answer() -> None:
    issues = issues_of(event("trace-create", {"id": "t", "tags": [1] * 100_000}))

    assert len(issues) == ISSUES_MAX


def test_a_bad_event_never_fails_the_others() -> None:
    result = read("bad", event("trace-create", {"id": "t"}), event("span-create", {}))

    assert [success["id"] for success in result.successes] == ["trace-create"]
    assert [error["id"] for error in result.errors] == ["unknown", "span-create"]
    assert result.rejected_counts == {"invalid": 2, "access": 0}


def test_creates_come_first_then_updates_each_by_their_time() -> None:
    later, latest = "2026-11-20T10:00:01Z", "2026-11-20T12:00:02+02:00"
    result = read(
        event("span-update", {"id": "a"}, id="u2", timestamp=later),
        event("generation-update", {"id": "a"}, id="u1"),
        event("span-create", {"id": "a"}, id="c3", timestamp=latest),
        event("trace-create", {"id": "a"}, id="c1"),
        event("score-create", {"name": "n", "value": 1, "traceId": "t"}, id="c2"),
        event("observation-update", {"id": "a", "type": "SPAN"}, id="u3", timestamp=later),
    )

    assert [success["id"] for success in result.successes] == ["c1", "c2", "c3", "u1", "u2", "u3"]
    assert [change.update for change in result.changes] == [False] * 3 + [True] * 3


def test_a_change_carries_the_envelopes_time() -> None:
    (change,) = read(event("trace-create", {"id": "t", "timestamp": "2020-01-01T00:00Z"})).changes

    assert (change.kind, change.id, change.time_ms, change.update) == ("trace", "t", TIME_MS, False)
    assert change.fields["timestamp_ms"] == 1577836800000


def test_an_sdk_log_is_in_neither_list() -> None:
    result = read(event("sdk-log", {"log": {"a": 1}}), event("sdk-log", {"log": 0, "id": "x"}))

    assert (result.successes, result.errors, result.changes) == ([], [], [])


@pytest.mark.parametrize("body", [{}, {"log": None}])
def test_an_sdk_log_without_a_log_is_wrong(body: dict[str, Any]) -> None:
    assert issues_of(event("sdk-log", body))[0]["path"] == ["body", "log"]


@pytest.mark.parametrize(
    ("event_type", "body"),
    [
        ("trace-create", {"name": "n"}),
        ("trace-create", {"id": None}),
        ("score-create", {"name": "n", "value": 1, "traceId": "t"}),
        ("observation-create", {"type": "SPAN"}),
        ("observation-update", {"type": "SPAN", "id": None}),
    ],
)
def test_an_entity_without_an_id_is_given_one(event_type: str, body: dict[str, Any]) -> None:
    first, second = read(event(event_type, body), event(event_type, body)).changes

    assert first.id != second.id
    assert len(first.id) == 36
    assert "id" not in first.fields


def test_a_score_that_the_flush_will_drop_is_a_success() -> None:
    body = {"id": "s", "name": "n", "value": 1, "traceId": "t", "source": "ANNOTATION"}
    result = read(event("score-create", body))

    assert (len(result.successes), len(result.changes)) == (1, 1)


def test_a_public_key_alone_may_only_write_scores() -> None:
    score = event("score-create", {"id": "s", "name": "n", "value": 1, "traceId": "t"})
    result = read(
        event("trace-create", {"id": "t"}),
        score,
        event("sdk-log", {"log": 1}),
        event("span-create", {}, id="bad"),
        event("span-create", {"id": "o"}),
        level="scores",
    )

    refusal = {"status": 401, "message": "Authentication error", "error": "Access Scope Denied"}
    assert result.successes == [{"id": "score-create", "status": 201}]
    assert [error["id"] for error in result.errors] == ["bad", "trace-create", "span-create"]
    assert result.errors[1:] == [
        {"id": "trace-create", **refusal},
        {"id": "span-create", **refusal},
    ]
    assert [change.kind for change in result.changes] == ["score"]
    assert result.rejected_counts == {"invalid": 1, "access": 2}


def test_the_time_of_an_event_is_cut_to_milliseconds() -> None:
    (change,) = read(event("trace-create", {"id": "t"}, timestamp=TIME[:-1] + "9999Z")).changes

    assert change.time_ms == TIME_MS
