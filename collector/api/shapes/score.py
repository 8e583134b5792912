"""The v1 and v2 score objects."""

from collections.abc import Mapping
from typing import Any

from collector.api.shapes.values import iso_time, metadata, number

Row = Mapping[str, Any]

# Kinds that v1 and traces know; CORRECTION is shown by v2 and v3 only.
LISTABLE_TYPES = ("NUMERIC", "BOOLEAN", "CATEGORICAL", "TEXT")


def v1(row: Row, project_id: str) -> dict[str, Any]:
    """A score of a trace or of an observation."""
    return _score(row, project_id)


def v2(row: Row, project_id: str) -> dict[str, Any]:
    """A score of anything: the session and the dataset run are named too."""
    subject = {"sessionId": row["session_id"], "datasetRunId": row["dataset_run_id"]}
    return _score(row, project_id) | subject


def trace_v1(row: Row) -> dict[str, Any]:
    """The key `trace` of a v1 list item."""
    return {
        "userId": row["trace_user_id"],
        "tags": row["trace_tags"] or [],
        "environment": row["trace_environment"],
    }


def trace_v2(row: Row) -> dict[str, Any] | None:
    """The key `trace` of a v2 list item; sessions and runs have none."""
    if row["trace_id"] is None:
        return None
    return trace_v1(row) | {"sessionId": row["trace_session_id"]}


def _score(row: Row, project_id: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "projectId": project_id,
        "environment": row["environment"],
        "name": row["name"],
        **_value(row),
        "source": row["source"],
        "authorUserId": row["author_user_id"],
        "comment": row["comment"],
        "metadata": metadata(row["metadata"]),
        "configId": row["config_id"],
        "queueId": row["queue_id"],
        "executionTraceId": row["execution_trace_id"],
        "createdAt": iso_time(row["created_ms"]),
        "updatedAt": iso_time(row["updated_ms"]),
        "timestamp": iso_time(row["timestamp_ms"]),
        "traceId": row["trace_id"],
        "observationId": row["observation_id"],
        "dataType": row["data_type"],
    }


def _value(row: Row) -> dict[str, Any]:
    """Texts stand in `stringValue`; a TEXT score has no key `value` at all."""
    value = number(row["value"] or 0)
    match row["data_type"]:
        case "NUMERIC":
            return {"value": value, "stringValue": None}
        case "BOOLEAN":
            return {"value": value, "stringValue": "True" if value else "False"}
        case "TEXT":
            return {"stringValue": _text(row)}
        case "CORRECTION":
            return {"value": 0, "stringValue": _text(row)}
    return {"value": value, "stringValue": row["string_value"]}


def _text(row: Row) -> str:
    text: str | None = row["string_value"] or row["long_string_value"]
    return text or ""
