"""Bodies of the routes that write one entity (contract/ingestion.md 10), and arrays of scores."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from collector.errors import TooLarge, ValidationFailed
from collector.ingest import bodies, scores, values
from collector.ingest.issues import ISSUES_MAX, Issue, sentence, wrong_type
from collector.ingest.values import Field, Null, Schema, read_fields
from collector.records.change import Change, Kind

_SCORE_TIME: Final[Schema] = (Field("timestamp", "time_ms", values.instant_ms, Null.SAYS_NOTHING),)

Written = tuple[str, list[Change]]
"""The id to answer with, and what to store."""


@dataclass(slots=True)
class ScoresResult:
    """What became of an array of scores."""

    changes: list[Change] = field(default_factory=list)
    accepted_count: int = 0
    errors: list[dict[str, str]] = field(default_factory=list)
    refused_items: list[Any] = field(default_factory=list)


def read_single_trace(body: Any, received_ms: int) -> Written:
    """POST /traces. This and the others raise ValidationFailed."""
    fields = _checked(_with_id(body), bodies.read_trace)
    return _written("trace", fields, received_ms)


def read_single_observation(
    body: Any, received_ms: int, schema: Schema, stored_as: str, *, update: bool = False
) -> Written:
    """POST and PATCH of /spans and /generations, and POST /events."""
    fields = _checked(
        body if bodies.ID_REQUIRED in schema else _with_id(body),
        lambda checked, at, issues: bodies.read_observation(checked, schema, at, issues),
    )
    fields["type"] = stored_as
    return _written("observation", fields, received_ms, update=update)


def read_single_score(body: Any, received_ms: int) -> Written:
    """POST /scores of one object."""
    return _written("score", _checked(_with_id(body), scores.read_posted_score), received_ms)


def read_score_array(items: Sequence[Any], received_ms: int, scores_max: int) -> ScoresResult:
    """POST /scores of an array: each score on its own, at the time it names."""
    if len(items) > scores_max:
        raise TooLarge(f"{len(items)} scores in one array, at most {scores_max}: send smaller ones")
    result = ScoresResult()
    for item in items:
        try:
            fields = _checked(_with_id(item), _read_timed_score)
        except ValidationFailed as error:
            result.errors.append({"message": sentence(error.issues, "score")})
            result.refused_items.append(item)
            continue
        _, changes = _written("score", fields, fields.pop("time_ms", received_ms))
        result.accepted_count += 1
        result.changes.extend(changes)
    return result


def _read_timed_score(body: Mapping[str, Any], at: Any, issues: list[Issue]) -> dict[str, Any]:
    times = read_fields(body, _SCORE_TIME, at, issues)
    return scores.read_posted_score(body, at, issues) | times


def _checked(
    body: Any,
    read: Callable[[Mapping[str, Any], tuple[()], list[Issue]], dict[str, Any]],
) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise ValidationFailed([wrong_type("object", body, ())])
    issues: list[Issue] = []
    fields = read(body, (), issues)
    if issues:
        raise ValidationFailed(issues[:ISSUES_MAX])
    return fields


def _with_id(body: Any) -> Any:
    """The body without an empty id, which asks for a new one."""
    if isinstance(body, dict) and body.get("id") == "":
        return {key: value for key, value in body.items() if key != "id"}
    return body


def _written(kind: Kind, fields: dict[str, Any], time_ms: int, *, update: bool = False) -> Written:
    entity_id = fields.pop("id", None) or str(uuid4())
    return entity_id, [Change(kind, entity_id, time_ms, update, fields)]
