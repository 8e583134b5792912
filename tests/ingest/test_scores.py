from typing import Any

import pytest

from collector.ingest.issues import Issue
from collector.ingest.scores import read_batch_score, read_posted_score

TARGETS = ["traceId", "sessionId", "datasetRunId", "observationId"]


def issues_of(body: dict[str, Any], *, posted: bool = False) -> list[tuple[str, list[Any]]]:
    """Code and path of each issue of a score on a trace."""
    issues: list[Issue] = []
    read = read_posted_score if posted else read_batch_score
    read({"name": "n", "traceId": "t", "value": 1} | body, (), issues)
    return [(issue["code"], issue["path"]) for issue in issues]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"value": "text"},
        {"value": -1.5, "dataType": "NUMERIC"},
        {"value": 0, "dataType": "BOOLEAN"},
        {"value": 1.0, "dataType": "BOOLEAN"},
        {"value": "", "dataType": "CATEGORICAL"},
        {"value": "t" * 500, "dataType": "TEXT"},
        {"value": "better", "dataType": "CORRECTION", "configId": None},
        {"traceId": None, "sessionId": "s"},
        {"traceId": "", "datasetRunId": "r"},
        {"observationId": "o"},
        {"comment": None, "configId": None, "queueId": None, "metadata": None, "id": None},
        {"source": "EVAL"},
        {"source": "ANNOTATION"},
        {"environment": None},
        {"unknown": 1},
    ],
)
def test_a_good_score_has_no_issue(body: dict[str, Any]) -> None:
    assert issues_of(body) == []


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"name": None}, "invalid_type", ["name"]),
        ({"name": ""}, "too_small", ["name"]),
        ({"id": ""}, "too_small", ["id"]),
        ({"value": None}, "invalid_union", ["value"]),
        ({"value": True}, "invalid_union", ["value"]),
        ({"value": [1]}, "invalid_union", ["value"]),
        ({"value": "1", "dataType": "NUMERIC"}, "invalid_type", ["value"]),
        ({"value": True, "dataType": "NUMERIC"}, "invalid_type", ["value"]),
        ({"value": 2, "dataType": "BOOLEAN"}, "custom", ["value"]),
        ({"value": True, "dataType": "BOOLEAN"}, "invalid_type", ["value"]),
        ({"value": 1, "dataType": "CATEGORICAL"}, "invalid_type", ["value"]),
        ({"value": "", "dataType": "TEXT"}, "too_small", ["value"]),
        ({"value": "t" * 501, "dataType": "TEXT"}, "too_big", ["value"]),
        ({"value": "🌍" * 251, "dataType": "TEXT"}, "too_big", ["value"]),
        ({"value": 1, "dataType": "CORRECTION"}, "invalid_type", ["value"]),
        ({"value": "c", "dataType": "CORRECTION", "configId": "c"}, "invalid_type", ["configId"]),
        ({"dataType": None}, "invalid_union", ["dataType"]),
        ({"dataType": "numeric"}, "invalid_union", ["dataType"]),
        ({"dataType": ["NUMERIC"]}, "invalid_union", ["dataType"]),
        ({"traceId": None}, "custom", TARGETS),
        ({"traceId": ""}, "custom", TARGETS),
        ({"sessionId": "s"}, "custom", TARGETS),
        ({"traceId": None, "sessionId": "s", "observationId": "o"}, "custom", TARGETS),
        ({"traceId": 5}, "invalid_type", ["traceId"]),
        ({"source": None}, "invalid_value", ["source"]),
        ({"source": "api"}, "invalid_value", ["source"]),
        ({"comment": 1}, "invalid_type", ["comment"]),
    ],
)
def test_a_wrong_score_says_where(body: dict[str, Any], code: str, path: list[str]) -> None:
    assert issues_of(body) == [(code, path)]


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"source": "EVAL"}, "invalid_value", ["source"]),
        ({"source": "ANNOTATION"}, "custom", ["configId"]),
        ({"environment": None}, "invalid_type", ["environment"]),
        ({"environment": 5}, "invalid_type", ["environment"]),
    ],
)
def test_a_posted_score_obeys_more_rules(body: dict[str, Any], code: str, path: list[str]) -> None:
    assert issues_of(body, posted=True) == [(code, path)]


def test_a_short_name_does_not_hide_a_missing_target() -> None:
    assert issues_of({"name": "", "traceId": None}) == [
        ("too_small", ["name"]),
        ("custom", TARGETS),
    ]


def fields_of(body: dict[str, Any]) -> dict[str, Any]:
    issues: list[Issue] = []
    fields = read_batch_score({"name": "n", "traceId": "t", "value": 1} | body, (), issues)
    assert not issues
    return fields


def test_a_plain_score_says_only_what_was_sent() -> None:
    assert fields_of({}) == {
        "name": "n",
        "trace_id": "t",
        "value": 1,
        "environment": "default",
        "source": "API",
    }


def test_every_field_of_a_score_is_translated() -> None:
    body = {
        "id": "s",
        "observationId": "o",
        "sessionId": "",
        "value": "text",
        "dataType": "CATEGORICAL",
        "comment": None,
        "configId": "c",
        "queueId": "q",
        "executionTraceId": "x",
        "metadata": [1],
        "environment": "Prod",
        "source": "EVAL",
    }

    assert fields_of(body) == {
        "id": "s",
        "name": "n",
        "trace_id": "t",
        "observation_id": "o",
        "session_id": None,
        "value": "text",
        "data_type": "CATEGORICAL",
        "comment": None,
        "config_id": "c",
        "queue_id": "q",
        "execution_trace_id": "x",
        "metadata": {"metadata": "[1]"},
        "environment": "prod",
        "source": "EVAL",
    }
