"""What all writing routes share: the client's JSON, and keeping what it said."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from starlette.background import BackgroundTask
from starlette.requests import Request

from collector import metrics
from collector.api.access import project_of
from collector.api.bodies import JSON_WEIGHT, declared_length, json_value, read_body
from collector.api.extraction import Extraction
from collector.errors import TooLarge
from collector.ingest.attribution import origin_from_headers
from collector.ingest.issues import sentence
from collector.ingest.media import may_hold_media
from collector.records.change import Change
from collector.records.rejection import Rejection
from collector.registry.access import Access
from collector.services import Services

_JSON_TYPES = frozenset({"application/json", "application/ld+json"})


async def client_json(request: Request, bytes_max: int | None = None) -> Any:
    """The JSON body. Of any other content type it is a plain text, as for the real server."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in _JSON_TYPES:
        return ""
    settings = request.app.state.services.settings
    data = await read_body(request, bytes_max or settings.json_body_bytes_max, JSON_WEIGHT)
    request.state.may_hold_media = may_hold_media(data)
    return json_value(data, settings.json_depth_max)


async def keep(request: Request, access: Access, changes: Sequence[Change], door: str) -> None:
    """Returns once the changes are durable, their media too. Raises Unavailable if they cannot."""
    if changes:
        extraction = Extraction(request, access, is_needed=request.state.may_hold_media)
        await extraction.cut(changes)
        origin = origin_from_headers(request.headers, access.public_key, "api")
        await request.app.state.services.store.append(project_of(access), origin, changes)
    metrics.INGEST_EVENTS.labels(door, "accepted").inc(len(changes))
    metrics.INGEST_BYTES.labels(door).inc(declared_length(request))


Names = tuple[str | None, str | None, str | None]
"""Type, envelope id and entity id, each where it can be told."""


def noting(
    request: Request,
    access: Access,
    items: Sequence[Any],
    errors: Sequence[Mapping[str, Any]],
    names_of: Callable[[Any], Names],
) -> BackgroundTask | None:
    """Tells the people of the project, once the answer is out, what was refused and why."""
    if not errors:
        return None
    services: Services = request.app.state.services
    # More than are kept need not be made into texts.
    events_max = services.settings.rejected_events_max
    newest = slice(-events_max, None)
    if len(errors) > events_max:
        metrics.LIMIT_HITS.labels("rejected_events_max").inc(len(errors) - events_max)
    project_id, moment_ms = project_of(access), now_ms()

    async def note() -> None:
        rejections = [
            Rejection(
                project_id, moment_ms, "intake", refusal_in_words(error), *names_of(item), item
            )
            for item, error in zip(items[newest], errors[newest], strict=True)
        ]
        services.rejections.note(rejections)

    return BackgroundTask(note)


def refusal_in_words(error: Mapping[str, Any]) -> str:
    """The error of one event as a person reads it: its issues arrive as the text of a list."""
    detail = error.get("error")
    if error.get("status") == 400 and isinstance(detail, str):
        return sentence(orjson.loads(detail), "event")
    return f"{error['message']}: {detail}" if detail else str(error["message"])


def names_of_event(item: Any) -> Names:
    """Of an event of a batch."""
    if not isinstance(item, dict):
        return None, None, None
    body = item.get("body")
    entity_id = body.get("id") if isinstance(body, dict) else None
    return _text_or_none(item.get("type")), _text_or_none(item.get("id")), _text_or_none(entity_id)


def names_of_score(item: Any) -> Names:
    """Of a score that came without an envelope."""
    return "score", None, _text_or_none(item.get("id")) if isinstance(item, dict) else None


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def too_many_events(error: TooLarge) -> TooLarge:
    """The error, counted."""
    metrics.LIMIT_HITS.labels("batch_events_max").inc()
    return error


def now_ms() -> int:
    """The server's clock, Unix milliseconds."""
    return time.time_ns() // 1_000_000
