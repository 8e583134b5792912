"""One event of a batch: its envelope (contract/ingestion.md 4) and the change its body means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import uuid4

from collector.ingest import bodies, scores, values
from collector.ingest.issues import (
    ABSENT,
    Issue,
    Path,
    no_object,
    unknown_discriminator,
    wrong_type,
)
from collector.ingest.values import Field, Null, Schema, read_fields
from collector.records.change import Change, Kind

_BODY: Final[Path] = ("body",)
_ENVELOPE: Final[Schema] = (
    Field("id", "id", values.identifier, Null.REFUSED, required=True),
    Field("timestamp", "time_ms", values.instant_ms, Null.REFUSED, required=True),
)
_SDK_LOG: Final[Schema] = (
    Field("log", "log", values.json_value, Null.REFUSED, required=True),
    Field("id", "id", values.text, Null.SAYS_NOTHING),
)

BodyReader = Callable[[Mapping[str, Any], Path, list[Issue]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class EventType:
    """What the word in `type` means; a type without a kind stores nothing."""

    kind: Kind | None
    read: BodyReader
    update: bool = False
    observation_type: str | None = None
    with_scores_key: bool = False


@dataclass(slots=True)
class Event:
    """A good event; `change` is absent where nothing is stored."""

    id: str
    time_ms: int
    type: EventType
    change: Change | None


def _observation(schema: Schema, stored_as: str | None, *, update: bool = False) -> EventType:
    def read(body: Mapping[str, Any], at: Path, issues: list[Issue]) -> dict[str, Any]:
        return bodies.read_observation(body, schema, at, issues)

    return EventType("observation", read, update, stored_as)


_generation = partial(_observation, bodies.GENERATION)

EVENT_TYPES: Final[Mapping[str, EventType]] = {
    "trace-create": EventType("trace", bodies.read_trace),
    "score-create": EventType("score", scores.read_batch_score, with_scores_key=True),
    "span-create": _observation(bodies.SPAN, "SPAN"),
    "span-update": _observation(bodies.SPAN, "SPAN", update=True),
    "event-create": _observation(bodies.EVENT, "EVENT"),
    "generation-create": _generation("GENERATION"),
    "generation-update": _generation("GENERATION", update=True),
    "agent-create": _generation("AGENT"),
    "tool-create": _generation("TOOL"),
    "chain-create": _generation("CHAIN"),
    "retriever-create": _generation("RETRIEVER"),
    "evaluator-create": _generation("EVALUATOR"),
    "embedding-create": _generation("EMBEDDING"),
    "guardrail-create": _generation("GUARDRAIL"),
    "observation-create": _observation(bodies.OBSERVATION, None),
    "observation-update": _observation(bodies.OBSERVATION, None, update=True),
    "sdk-log": EventType(
        None, lambda body, at, issues: read_fields(body, _SDK_LOG, at, issues), with_scores_key=True
    ),
}


def read_event(item: Any, issues: list[Issue]) -> Event | None:
    """The event of one item of a batch; `None` when there are issues."""
    event_type = _type_of(item, issues)
    if event_type is None:
        return None
    envelope = read_fields(item, _ENVELOPE, (), issues)
    body = item.get("body", ABSENT)
    if not isinstance(body, dict):
        issues.append(wrong_type("object", body, _BODY))
        return None
    fields = event_type.read(body, _BODY, issues)
    if issues:
        return None
    change = change_of(event_type, fields, envelope["time_ms"])
    return Event(envelope["id"], envelope["time_ms"], event_type, change)


def _type_of(item: Any, issues: list[Issue]) -> EventType | None:
    if not isinstance(item, dict):
        issues.append(no_object(item))
        return None
    word = item.get("type")
    known = EVENT_TYPES.get(word) if isinstance(word, str) else None
    if known is None:
        issues.append(unknown_discriminator("type", ("type",)))
    return known


def change_of(event_type: EventType, fields: dict[str, Any], time_ms: int) -> Change | None:
    """The change of a checked body; an entity without an id is given one."""
    if event_type.kind is None:
        return None
    entity_id = fields.pop("id", None) or str(uuid4())
    if event_type.observation_type:
        fields["type"] = event_type.observation_type
    return Change(event_type.kind, entity_id, time_ms, event_type.update, fields)


def envelope_id(item: Any) -> str:
    """The id an error names its event by."""
    known = item.get("id") if isinstance(item, dict) else None
    return known if isinstance(known, str) else "unknown"
