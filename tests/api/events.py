"""Events as the SDKs send them, short enough to read."""

from itertools import count
from typing import Any

NOON = "2026-11-20T12:00:00.000Z"
_numbers = count(1)


def event(kind: str, timestamp: str = NOON, **body: Any) -> dict[str, Any]:
    """One envelope with an id of its own."""
    return {"id": f"e{next(_numbers)}", "type": kind, "timestamp": timestamp, "body": body}


def trace(trace_id: str, **body: Any) -> dict[str, Any]:
    """A trace at noon."""
    return event("trace-create", id=trace_id, **{"timestamp": NOON, **body})


def generation(observation_id: str, trace_id: str, **body: Any) -> dict[str, Any]:
    """A generation that starts at noon."""
    return event(
        "generation-create", id=observation_id, traceId=trace_id, **{"startTime": NOON, **body}
    )


def score(score_id: str, **body: Any) -> dict[str, Any]:
    """A numeric score at noon, unless told otherwise."""
    return event("score-create", id=score_id, **{"name": "quality", "value": 0.5, **body})
