"""Cross-site request forgery: unsafe methods are for our own pages only, told by headers."""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from collector.errors import Forbidden

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def refuse_cross_site(request: Request) -> None:
    """Believes Sec-Fetch-Site, then Origin; a client that sends neither is no browser."""
    if request.method in _SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Forbidden("This form was sent from another site")
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.url.netloc:
        raise Forbidden("This form was sent from another site")
