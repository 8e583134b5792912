"""A batch of /ingestion: each event good, wrong or not permitted, and the changes to store."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from collector.errors import TooLarge, UnderstudyError
from collector.ingest.events import Event, envelope_id, read_event
from collector.ingest.issues import ABSENT, Issue, issues_text, wrong_type
from collector.records.change import Change

_SCORES_LEVEL: Final = "scores"


class InvalidBatch(UnderstudyError):
    """The body has no `batch` array; its answer has a list of sentences, unlike any other."""

    status = 400
    name = "InvalidRequestError"


@dataclass(slots=True)
class BatchResult:
    """The two lists of the 207 answer, and what is to be stored before it is given.

    `refused_items` has the event of each error, in their order.
    """

    successes: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    refused_items: list[Any] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    rejected_counts: Counter[str] = field(default_factory=Counter)

    def answer(self) -> dict[str, Any]:
        """The body of the 207."""
        return {"successes": self.successes, "errors": self.errors}


def read_batch(body: Any, access_level: str, events_max: int | None = None) -> BatchResult:
    """Reads every event on its own. Raises InvalidBatch, or TooLarge past `events_max`.

    Creates come first, then updates, each by the envelope's time, as they are merged.
    """
    result = BatchResult()
    accepted: list[Event] = []
    refused: list[tuple[dict[str, Any], Any]] = []
    for item in _events(body, events_max):
        issues: list[Issue] = []
        event = read_event(item, issues)
        if event is None:
            result.errors.append(_invalid(item, issues))
            result.refused_items.append(item)
        elif access_level == _SCORES_LEVEL and not event.type.with_scores_key:
            refused.append((_not_permitted(event), item))
        elif event.type.kind is not None:
            accepted.append(event)
    result.rejected_counts.update(invalid=len(result.errors), access=len(refused))
    result.errors.extend(error for error, _ in refused)
    result.refused_items.extend(item for _, item in refused)
    accepted.sort(key=_merge_order)
    result.successes = [{"id": event.id, "status": 201} for event in accepted]
    result.changes = [event.change for event in accepted if event.change is not None]
    return result


def _events(body: Any, events_max: int | None) -> Sequence[Any]:
    if not isinstance(body, dict):
        raise InvalidBatch(wrong_type("object", body, ())["message"])
    batch = body.get("batch", ABSENT)
    if not isinstance(batch, list):
        raise InvalidBatch(wrong_type("array", batch, ())["message"])
    if events_max is not None and len(batch) > events_max:
        raise TooLarge(f"{len(batch)} events in one batch, at most {events_max}: send smaller ones")
    return batch


def _merge_order(event: Event) -> tuple[bool, int]:
    return event.type.update, event.time_ms


def _invalid(item: Any, issues: list[Issue]) -> dict[str, Any]:
    return {
        "id": envelope_id(item),
        "status": 400,
        "message": "Invalid request data",
        "error": issues_text(issues),
    }


def _not_permitted(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "status": 401,
        "message": "Authentication error",
        "error": "Access Scope Denied",
    }
