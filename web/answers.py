"""What pages answer with: HTML or the same view as JSON, under one strict set of headers."""

import gzip
import json
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector.errors import Unauthorized, Unavailable, UnderstudyError
from web import addresses
from web.assets import accepts_gzip
from web.templates import render

_GZIP_BYTES_MIN: Final = 2_048
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_HEADINGS: Final = {
    400: "That request makes no sense here",
    403: "Not allowed",
    404: "Not found",
    429: "Too many attempts",
    503: "Not ready just now",
}


def wants_json(request: Request) -> bool:
    """Every page is also data."""
    return request.query_params.get("format") == "json"


def wants_part(request: Request) -> bool:
    """Whether htmx asks for the changing part of the page only."""
    return request.headers.get("hx-request-type") == "partial"


def page(request: Request, template: str, view: dict[str, Any], status: int = 200) -> Response:
    """Private and never cached: what is behind a login may not stay in a shared cache."""
    headers = {"Cache-Control": "private, no-store", "Vary": "HX-Request, Cookie, Accept-Encoding"}
    if wants_json(request):
        body = json.dumps(view, default=str).encode()
        content_type = "application/json; charset=utf-8"
    else:
        # A lone surrogate in a payload has no UTF-8 form.
        body = render(request, template, view).encode("utf-8", "replace")
        content_type = "text/html; charset=utf-8"
    if len(body) > _GZIP_BYTES_MIN and accepts_gzip(request):
        body = gzip.compress(body, compresslevel=4)
        headers["Content-Encoding"] = "gzip"
    return Response(body, status, headers, content_type)


def see_other(request: Request, path: str) -> Response:
    """On to another page of ours; `path` stands below the base path."""
    return RedirectResponse(addresses.root_path(request) + path, status_code=303)


def error_page(request: Request, error: UnderstudyError) -> Response:
    """An error in house style; a missing login leads to the login page."""
    if isinstance(error, Unauthorized) and not wants_json(request):
        return see_other(
            request, addresses.path_below("", "login", next=addresses.own_path(request))
        )
    view = {
        "error": error.name,
        "message": error.message,
        "status": error.status,
        "heading": _HEADINGS.get(error.status, "Something went wrong"),
    }
    response = page(request, "error.html", view, error.status)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def secured(response: Response) -> Response:
    """Adds the headers that every answer of `web` carries."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
