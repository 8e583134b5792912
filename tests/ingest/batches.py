"""Batches for tests: one event per call, read as the service reads it."""

from typing import Any

import orjson

from collector.ingest.batch import BatchResult, read_batch

TIME = "2026-11-20T10:00:00.000Z"
TIME_MS = 1795168800000


def event(event_type: str, body: Any, **envelope: Any) -> dict[str, Any]:
    """An event named after its type."""
    return {"id": event_type, "type": event_type, "timestamp": TIME, "body": body} | envelope


def read(*events: Any, level: str = "project") -> BatchResult:
    return read_batch({"batch": list(events)}, level)


def fields_of(event_type: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the only, good event says."""
    result = read(event(event_type, body))
    assert result.errors == []
    return result.changes[0].fields


def issues_of(*events: Any) -> list[dict[str, Any]]:
    """The issues of the only, wrong event."""
    result = read(*events)
    assert len(result.errors) == 1, result
    issues: list[dict[str, Any]] = orjson.loads(result.errors[0]["error"])
    return issues


def places_of(event_type: str, body: Any) -> list[tuple[str, list[Any]]]:
    """Code and path of each issue."""
    return [(issue["code"], issue["path"]) for issue in issues_of(event(event_type, body))]
