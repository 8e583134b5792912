"""Addresses of the pages: below the service's base path, each id one percent-encoded segment."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.requests import Request

# A path of ours: one slash first, so that no browser reads it as another host.
_OWN_PATH: Final = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


def root_path(request: Request) -> str:
    """The base path: empty, or such as `/understudy`. The application has cut it off already."""
    return str(request.app.state.services.settings.base_path)


def path_below(root: str, *segments: str, **query: Any) -> str:
    """Parameters that are None or empty are left out."""
    path = root + "/" + "/".join(quote(segment, safe="") for segment in segments)
    asked = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(asked, doseq=True)}" if asked else path


def address(request: Request, *segments: str, **query: Any) -> str:
    """The path of a page as the browser must ask for it."""
    return path_below(root_path(request), *segments, **query)


def changed(request: Request, **query: Any) -> str:
    """This page's own address with some parameters changed; None takes one away."""
    asked: Mapping[str, Any] = {**request.query_params, **query}
    kept = {name: value for name, value in asked.items() if name != "format"}
    return path_below("", **kept).removeprefix("/") or "?"


def own_path(request: Request) -> str:
    """Path and query of this request below the base path, to come back to after login."""
    query = request.url.query
    return quote(str(request.scope["path"]), safe="/") + (f"?{query}" if query else "")


def safe_next(path: str | None) -> str:
    """The path to go on to: only ever one of ours, whatever the address says."""
    return path if path and _OWN_PATH.fullmatch(path) else "/"


def origin(request: Request) -> str:
    """Scheme and host that clients are told to use."""
    settings = request.app.state.services.settings
    if settings.nextauth_url:
        return str(settings.nextauth_url).rstrip("/").removesuffix("/api/auth")
    return f"{request.url.scheme}://{request.url.netloc}{root_path(request)}"
