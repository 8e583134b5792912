"""Static files: read once, addressed by their content, cached by browsers for a year."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from collector.errors import NotFound

FOLDER: Final = Path(__file__).parent / "static"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    zipped: bytes
    content_type: str
    version: str


@cache
def assets() -> dict[str, Asset]:
    """Every file that may be served, by its path below the folder."""
    return {
        path.relative_to(FOLDER).as_posix(): _read(path)
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in _TYPES
    }


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(
        body=body,
        zipped=gzip.compress(body, mtime=0),
        content_type=_TYPES[path.suffix],
        version=hashlib.sha256(body).hexdigest()[:12],
    )


def accepts_gzip(request: Request) -> bool:
    """Whether the browser takes gzip."""
    return "gzip" in request.headers.get("accept-encoding", "")


async def static_file(request: Request, path: str) -> Response:
    """Cached for ever only under the version that the pages name."""
    asset = assets().get(path)
    if asset is None:
        raise NotFound("No such file")
    named = request.query_params.get("v") == asset.version
    headers = {
        "Cache-Control": _FOREVER if named else "no-cache",
        "ETag": f'"{asset.version}"',
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.zipped, media_type=asset.content_type, headers=headers)
    return Response(asset.body, media_type=asset.content_type, headers=headers)
