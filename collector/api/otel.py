"""The OTLP doors: traces are stored, metrics and logs are taken and forgotten."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

from fastapi import APIRouter
from starlette.requests import Request

from collector import metrics
from collector.api.access import ProjectAccess, project_of
from collector.api.answers import JSONAnswer
from collector.api.bodies import JSON_WEIGHT, declared_length
from collector.api.budget import held_by
from collector.api.extraction import Extraction
from collector.api.intake import now_ms
from collector.errors import TooLarge
from collector.ingest.attribution import origin_from_headers
from collector.ingest.media import may_hold_media
from collector.ingest.otlp import Export, export_changes
from collector.ingest.otlp_body import Inflater, ReceivedBody
from collector.ingest.otlp_json import JsonExport
from collector.ingest.otlp_span import InvalidExport, Limits
from collector.registry.access import Access
from collector.settings import Settings

router = APIRouter(prefix="/api/public/otel/v1")

Form = Literal["protobuf", "json"]
Result = TypeVar("Result")

_FORMS: Final[dict[str, Form]] = {
    "application/json": "json",
    "application/x-protobuf": "protobuf",
}
_INGESTION_VERSION: Final = "x-langfuse-ingestion-version"
_INGESTION_VERSION_MAX: Final = 4
# Up to here a thread costs more than it spares the other requests.
_INLINE_BYTES: Final = 64 * 1024
_FIRST_HELD_BYTES: Final = 64 * 1024
# Compressed bytes may stand for a thousand times as many: they are inflated a few at a time.
_SLICE_BYTES: Final = 4 * 1024


@router.post("/traces")
async def export_traces(request: Request, access: ProjectAccess) -> JSONAnswer:
    try:
        await _export(request, access)
    except InvalidExport as error:
        metrics.INGEST_EVENTS.labels("otlp", "refused").inc()
        return JSONAnswer({"error": error.message}, status_code=error.status)
    except TooLarge:
        metrics.LIMIT_HITS.labels("otlp_bytes_max").inc()
        raise
    return JSONAnswer({})


@router.post("/metrics")
async def discard_metrics(request: Request, access: ProjectAccess) -> JSONAnswer:  # noqa: ARG001
    return await _discard(request, "metrics")


@router.post("/logs")
async def discard_logs(request: Request, access: ProjectAccess) -> JSONAnswer:  # noqa: ARG001
    return await _discard(request, "logs")


async def _discard(request: Request, signal: str) -> JSONAnswer:
    async for _ in request.stream():
        pass
    metrics.DISCARDED.labels(signal).inc()
    return JSONAnswer({"message": "OK"})


async def _export(request: Request, access: Access) -> None:
    form = _form(request.headers.get("content-type", ""))
    _check_ingestion_version(request)
    settings: Settings = request.app.state.services.settings
    with _body(request, form, settings) as body:
        await _receive(request, body, 1 if form == "protobuf" else JSON_WEIGHT)
        if not body.size:
            body.inflater.end()  # cut off before anything came out is broken, not empty
            return
        await _store(request, access, form, body)


def _form(content_type: str) -> Form:
    for known, form in _FORMS.items():
        if known in content_type.lower():
            return form
    raise InvalidExport("Invalid content type")


def _check_ingestion_version(request: Request) -> None:
    """Both generations of the protocol are stored alike; a newer one is not known yet."""
    headers = request.headers
    text = headers.get(_INGESTION_VERSION) or headers.get(_INGESTION_VERSION.replace("-", "_"))
    if text is None:
        return
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    if not is_number or int(text) > _INGESTION_VERSION_MAX:
        maximum = f'Maximum supported: "{_INGESTION_VERSION_MAX}".'
        raise InvalidExport(f'Unsupported {_INGESTION_VERSION}: "{text[:100]}". {maximum}')


def _body(request: Request, form: Form, settings: Settings) -> ReceivedBody:
    inflater = Inflater(request.headers.get("content-encoding", ""))
    folder = settings.data_dir / "tmp"
    if form == "json":
        # Parsed as a whole: on the disk it would only be read back.
        bytes_max = settings.otlp_json_bytes_max
        return ReceivedBody(inflater, bytes_max, bytes_max, folder)
    bytes_max = settings.otlp_protobuf_bytes_max
    return ReceivedBody(inflater, bytes_max, settings.otlp_spool_bytes, folder)


async def _receive(request: Request, body: ReceivedBody, weight: int) -> None:
    """Reads the body; what is in memory counts as held, and is waited for before it grows."""
    held = held_by(request)
    room = _FIRST_HELD_BYTES
    if not body.inflater.inflates:
        room = max(room, min(declared_length(request), body.memory_bytes_max))
    await held.at_least(room * weight)
    async for chunk in request.stream():
        step = _SLICE_BYTES if body.inflater.inflates else len(chunk) or 1
        is_slow = len(chunk) > _INLINE_BYTES or (body.inflater.inflates and len(chunk) > 2 * step)
        for start in range(0, len(chunk), step):
            while body.memory_bytes + step > room:
                room *= 4
                await held.at_least(min(room, body.memory_bytes_max) * weight)
            await _call(is_slow or body.is_on_disk, body.write, chunk[start : start + step])
    await held.at_least(body.memory_bytes * weight)


async def _store(request: Request, access: Access, form: Form, body: ReceivedBody) -> None:
    """Checks the whole export, then appends it chunk by chunk. Raises InvalidExport first."""
    is_slow = body.size > _INLINE_BYTES
    services = request.app.state.services
    export, is_needed = await _call(is_slow, _checked, form, body, services.settings)
    origin = origin_from_headers(request.headers, access.public_key, "otel")
    chunks = export_changes(export, origin, now_ms())
    extraction = Extraction(request, access, is_needed=is_needed)
    async with extraction.turn(export.largest_span_bytes):
        while (changes := await _call(is_slow, next, chunks, None)) is not None:
            await extraction.cut(changes)
            await services.store.append(project_of(access), origin, changes)
    metrics.INGEST_EVENTS.labels("otlp", "accepted").inc(export.span_count)
    metrics.INGEST_BYTES.labels("otlp").inc(body.size)


async def _call(is_slow: bool, work: Callable[..., Result], *arguments: Any) -> Result:
    """In a thread when it would hold up the other requests."""
    return await asyncio.to_thread(work, *arguments) if is_slow else work(*arguments)


def _checked(form: Form, body: ReceivedBody, settings: Settings) -> tuple[Export, bool]:
    """And whether it can hold media; a mapped file is not read through to know."""
    limits = Limits(settings.span_bytes_max, settings.json_depth_max)
    content = body.content()
    is_needed = not isinstance(content, bytes) or may_hold_media(content)
    if form == "json":
        assert isinstance(content, bytes)
        return JsonExport(content, limits), is_needed
    # Imported with the first export: the messages cost memory that JSON clients need not pay.
    from collector.ingest.otlp_protobuf import ProtobufExport

    return ProtobufExport(content, limits), is_needed
