"""`/api/public/media/{id}`: what is known of an item, and its bytes behind a signed address."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from collector import metrics
from collector.api.access import ProjectAccess, Public, project_of
from collector.api.answers import JSONAnswer
from collector.api.shapes.values import iso_time
from collector.errors import Forbidden, NotFound, Unavailable
from collector.media.addresses import Address
from collector.media.ledger import Unrecorded
from collector.media.store import MediaStore
from collector.records.media import EXTENSIONS, is_media_id, object_key
from collector.registry.registry import Registry
from collector.services import Services

router = APIRouter()

_UNKNOWN: Final = "Media asset not found"
_CHUNK_BYTES: Final = 256 * 1024
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
# Everything else is saved, never shown: a browser would run what is in HTML and SVG.
_SHOWN: Final = re.compile(r"image/(png|jpeg|jpg|webp|gif|avif|bmp)|(audio|video)/.*")
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Accept-Ranges": "bytes",
    "Referrer-Policy": "no-referrer",
}


@router.get("/api/public/media/{media_id}")
async def get_media(request: Request, access: ProjectAccess, media_id: str) -> JSONAnswer:
    """The item, with an address of its bytes that needs no key."""
    services: Services = request.app.state.services
    found = await _find(services, project_of(access), media_id)
    path, address = services.signer.sign(project_of(access), media_id, found.content_type)
    return JSONAnswer(
        {
            "mediaId": media_id,
            "contentType": found.content_type,
            "contentLength": found.content_bytes,
            "uploadedAt": iso_time(found.uploaded_ms),
            "url": _origin(request) + path,
            "urlExpiry": iso_time(address.expires_s * 1000),
        }
    )


@dataclass(frozen=True, slots=True)
class _Found:
    content_type: str
    content_bytes: int
    uploaded_ms: int


async def _find(services: Services, project_id: str, media_id: str) -> _Found:
    """From the folder's ledger, so that PostgreSQL may be away, else from the registry."""
    if not is_media_id(media_id):
        raise NotFound(_UNKNOWN)
    item = await asyncio.to_thread(services.media.ledger.find, project_id, media_id)
    if item is not None:
        return _Found(item.content_type, item.content_bytes, item.created_ms)
    run = (await services.registry.database()).run
    from collector.registry import media

    known = await run(lambda connection: media.find(connection, project_id, media_id))
    if known is None:
        raise NotFound(_UNKNOWN)
    if known.upload_http_status is None or known.uploaded_ms is None:
        raise NotFound("Media not yet uploaded")
    if known.upload_http_status not in (200, 201):
        reason = f"{known.upload_http_status}: \n {known.upload_http_error or ''}"
        raise NotFound(f"Media upload failed with status {reason}")
    return _Found(known.content_type, known.content_bytes, known.uploaded_ms)


def _origin(request: Request) -> str:
    settings = request.app.state.services.settings
    if settings.nextauth_url:
        return str(settings.nextauth_url).rstrip("/").removesuffix("/api/auth")
    return f"{request.url.scheme}://{request.url.netloc}{settings.base_path}"


@router.api_route(
    "/api/public/media/{media_id}/content", methods=["GET", "HEAD"], dependencies=[Public]
)
async def get_media_content(request: Request, media_id: str) -> Response:
    """The bytes, whole or a range, from the folder or the bucket, a piece at a time."""
    services: Services = request.app.state.services
    address = services.signer.read(media_id, request.query_params)
    seconds_left = 0 if address is None else address.expires_s - int(time.time())
    if address is None or seconds_left <= 0:
        raise Forbidden("this address is not signed by this service, or has expired")
    headers = _headers(address, seconds_left)
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    _refuse_when_busy(services)
    key = object_key(address.project_id, address.media_id, address.content_type)
    content = await _opened(services.media, key)
    return _answer(request, content, headers, address.content_type)


def _refuse_when_busy(services: Services) -> None:
    if services.media.downloads >= services.settings.media_downloads_max:
        metrics.LIMIT_HITS.labels("media_downloads_max").inc()
        raise Unavailable("too many media are being read, try again")


def _headers(address: Address, seconds_left: int) -> dict[str, str]:
    shown = "inline" if _SHOWN.fullmatch(address.content_type) else "attachment"
    name = f"{address.media_id}.{EXTENSIONS[address.content_type]}"
    return {
        **_HEADERS,
        "Content-Disposition": f'{shown}; filename="{name}"',
        "Cache-Control": f"private, max-age={seconds_left}, immutable",
        "ETag": f'"{address.media_id}"',
    }


class _Content:
    """The bytes of one object: where they are was found out before the answer begins."""

    def __init__(self, store: MediaStore, key: str, size: int, *, is_local: bool) -> None:
        self.size = size
        self.store = store
        self._key = key
        self._is_local = is_local

    async def pieces(self, start: int, end: int) -> AsyncIterator[bytes]:
        """From `start` up to `end`; a file that has been moved meanwhile goes on in the bucket."""
        while start < end:
            piece = await self._read(start, min(end - start, _CHUNK_BYTES))
            if not piece:
                raise Unavailable("media ended early")
            start += len(piece)
            yield piece

    async def _read(self, start: int, length: int) -> bytes:
        store = self.store
        if self._is_local:
            try:
                return await asyncio.to_thread(store.local.read, self._key, start, length)
            except NotFound:
                self._is_local = False
        return await store.bucket_threads.run(lambda: store.bucket.read(self._key, start, length))


async def _opened(store: MediaStore, key: str) -> _Content:
    size = await asyncio.to_thread(store.local_size, key)
    if size is not None:
        return _Content(store, key, size, is_local=True)
    size = await store.bucket_threads.run(partial(store.bucket_size, key))
    if size is None:
        raise NotFound(_UNKNOWN)
    return _Content(store, key, size, is_local=False)


def _answer(
    request: Request, content: _Content, headers: dict[str, str], content_type: str
) -> Response:
    """All of it, or the range asked for."""
    start, end, status = 0, content.size, 200
    wanted = _wanted_range(request, headers["ETag"], content.size)
    if wanted is not None:
        start, end = wanted
        status = 206
        if start >= end:
            headers["Content-Range"] = f"bytes */{content.size}"
            return Response(status_code=416, headers=headers)
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.size}"
    headers["Content-Length"] = str(end - start)
    headers["Content-Type"] = content_type
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return _Download(content, content.pieces(start, end), status, headers)


def _wanted_range(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """The one range asked for, empty when there is none such; None asks for everything."""
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if match is None or match[1] == match[2] == "":
        return None
    if request.headers.get("if-range", etag) != etag:
        return None
    if not match[1]:
        return max(size - int(match[2]), 0), size
    start, last = int(match[1]), int(match[2] or size)
    return None if last < start else (start, min(last + 1, size))


class _Download(StreamingResponse):
    """Counted from its first byte to its end."""

    def __init__(
        self,
        content: _Content,
        pieces: AsyncIterator[bytes],
        status: int,
        headers: dict[str, str],
    ) -> None:
        super().__init__(pieces, status, headers)
        self.store = content.store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.store.downloads += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.store.downloads -= 1


async def record(registry: Registry, waiting: Unrecorded) -> None:
    """Tells the registry of media and of where they are used. Raises Unavailable while it is."""
    run = (await registry.database()).run
    from collector.registry import media

    items = [
        media.KnownMedia(
            item.project_id,
            item.media_id,
            item.sha256,
            item.content_type,
            item.content_bytes,
            item.created_ms,
            uploaded_ms=item.created_ms,
            upload_http_status=200,
        )
        for item in waiting.items
    ]
    links = [
        media.UsedMedia(project_id, link.media_id, link.trace_id, link.observation_id, link.field)
        for project_id, link in waiting.links
    ]

    await run(lambda connection: media.keep_uploaded(connection, items, links))
