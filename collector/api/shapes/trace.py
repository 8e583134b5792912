"""The trace object, as a list item and in full."""

from collections.abc import Mapping, Sequence
from typing import Any

from collector.api.shapes import observation, score
from collector.api.shapes.values import iso_time, metadata, number, payload, seconds

Row = Mapping[str, Any]

GROUPS = ("core", "io", "scores", "observations", "metrics")
_LOOK_BACK_MS = 3_600_000


def list_item(row: Row, project_id: str, groups: frozenset[str]) -> dict[str, Any]:
    """With the ids of its observations and scores; `groups` left out have placeholders."""
    metrics = "metrics" in groups
    return _core(row, project_id, groups) | {
        "observations": list(row["observation_ids"] or []) if "observations" in groups else [],
        "scores": list(row["score_ids"] or []) if "scores" in groups else [],
        "totalCost": number(row["total_cost"] or 0) if metrics else -1,
        "latency": seconds(row["latency_list_ms"] or 0) if metrics else -1,
    }


def full(
    row: Row,
    project_id: str,
    groups: frozenset[str],
    observations: Sequence[Row],
    scores: Sequence[Row],
) -> dict[str, Any]:
    """With whole observations and scores, those past the look-back left out."""
    metrics = "metrics" in groups
    since_ms = earliest_ms(row)
    within = [observation.as_legacy(o) for o in observations if o["start_ms"] >= since_ms]
    return _core(row, project_id, groups) | {
        "observations": [observation.of_trace(item, project_id) for item in within]
        if "observations" in groups
        else [],
        "scores": [score.v1(item, project_id) for item in scores if _shown(item, row)]
        if "scores" in groups
        else [],
        "totalCost": number(sum(map(observation.total_cost, within))) if metrics else -1,
        "latency": seconds(_duration_ms(within)) if metrics else -1,
    }


def of_session(row: Row, project_id: str) -> dict[str, Any]:
    """Inside its session: nothing derived, and no link."""
    shown = _core(row, project_id, frozenset({"io"}))
    del shown["htmlPath"]
    return shown


def earliest_ms(row: Row) -> int:
    """What lies further back than an hour before the trace is not shown with it."""
    return int(row["timestamp_ms"]) - _LOOK_BACK_MS


def _shown(item: Row, row: Row) -> bool:
    listable = item["data_type"] in score.LISTABLE_TYPES
    return listable and bool(item["timestamp_ms"] >= earliest_ms(row))


def _duration_ms(observations: Sequence[Row]) -> int:
    """Last end minus first start; with no end at all, last start minus first start."""
    if not observations:
        return 0
    starts = [item["start_ms"] for item in observations]
    ends = [item["end_ms"] for item in observations if item["end_ms"] is not None]
    return int((max(ends) if ends else max(starts)) - min(starts))


def _core(row: Row, project_id: str, groups: frozenset[str]) -> dict[str, Any]:
    io = "io" in groups
    return {
        "id": row["id"],
        "projectId": project_id,
        "name": row["name"] or "",
        "timestamp": iso_time(row["timestamp_ms"]),
        "environment": row["environment"],
        "tags": row["tags"] or [],
        "bookmarked": bool(row["bookmarked"]),
        "release": row["release"],
        "version": row["version"],
        "userId": row["user_id"],
        "sessionId": row["session_id"],
        "public": bool(row["public"]),
        "input": payload(row["input"]) if io else None,
        "output": payload(row["output"]) if io else None,
        "metadata": metadata(row["metadata"]) if io else {},
        "createdAt": iso_time(row["created_ms"]),
        "updatedAt": iso_time(row["updated_ms"]),
        "externalId": None,
        "htmlPath": f"/project/{project_id}/traces/{row['id']}",
    }
