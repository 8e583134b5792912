"""Paths as clients really send them: double slashes, a slash at the end, a base path before all.

Works on the undecoded path, so that an encoded slash stays part of an id.
"""

import re
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

_SLASHES = re.compile(rb"/{2,}")


class CleanPaths:
    """Routes `//api/public/x/` as `/api/public/x`; a POST would not survive a redirect."""

    def __init__(self, app: ASGIApp, base_path: str = "") -> None:
        self.app = app
        self.base_path = base_path.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on every connection."""
        if scope["type"] == "http":
            raw = clean(scope.get("raw_path") or scope["path"].encode(), self.base_path)
            scope["raw_path"] = raw
            scope["path"] = unquote_to_bytes(raw).decode("utf-8", "replace")
            scope["root_path"] = ""
        await self.app(scope, receive, send)


def clean(raw_path: bytes, base_path: bytes) -> bytes:
    """One slash where several stood, none at the end, no base path; `/` stays."""
    path = _SLASHES.sub(b"/", raw_path.split(b"?", 1)[0])
    if base_path and (path + b"/").startswith(base_path + b"/"):
        path = path[len(base_path) :]
    return path.rstrip(b"/") or b"/"
