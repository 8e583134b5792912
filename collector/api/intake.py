"""What all writing routes share: the client's JSON, and keeping what it said."""

import time
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from collector import metrics
from collector.api.access import project_of
from collector.api.bodies import declared_length, read_json_body
from collector.api.extraction import Extraction
from collector.errors import TooLarge
from collector.ingest.attribution import origin_from_headers
from collector.records.change import Change
from collector.registry.access import Access

_JSON_TYPES = frozenset({"application/json", "application/ld+json"})


async def client_json(request: Request, bytes_max: int | None = None) -> Any:
    """The JSON body. Of any other content type it is a plain text, as for the real server."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in _JSON_TYPES:
        return ""
    return await read_json_body(request, bytes_max)


async def keep(request: Request, access: Access, changes: Sequence[Change], door: str) -> None:
    """Returns once the changes are durable, their media too. Raises Unavailable if they cannot."""
    if changes:
        await Extraction(request, access).cut(changes)
        origin = origin_from_headers(request.headers, access.public_key, "api")
        await request.app.state.services.store.append(project_of(access), origin, changes)
    metrics.INGEST_EVENTS.labels(door, "accepted").inc(len(changes))
    metrics.INGEST_BYTES.labels(door).inc(declared_length(request))


def too_many_events(error: TooLarge) -> TooLarge:
    """The error, counted."""
    metrics.LIMIT_HITS.labels("batch_events_max").inc()
    return error


def now_ms() -> int:
    """The server's clock, Unix milliseconds."""
    return time.time_ns() // 1_000_000
