"""Who really asked, and under which address: X-Forwarded-* headers of trusted proxies only."""

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.environment import Network


class TrustedProxies:
    """Sets client, scheme and host of the scope; headers of anybody else change nothing."""

    def __init__(self, app: ASGIApp, networks: Sequence[Network] = ()) -> None:
        self.app = app
        self.networks = networks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on every connection."""
        if scope["type"] == "http" and self._trusts(_host_of(scope)):
            self._apply(scope)
        await self.app(scope, receive, send)

    def _trusts(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self.networks)

    def _apply(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        hops = [hop.strip() for hop in ",".join(headers.getlist("x-forwarded-for")).split(",")]
        client = self._first_stranger([hop for hop in hops if hop])
        if client:
            scope["client"] = (client, 0)
        scheme = _last(headers.get("x-forwarded-proto"))
        if scheme in ("http", "https"):
            scope["scheme"] = scheme
        host = _last(headers.get("x-forwarded-host"))
        if host:
            others = [(key, value) for key, value in scope["headers"] if key != b"host"]
            scope["headers"] = [(b"host", host.encode("latin-1", "replace")), *others]

    def _first_stranger(self, hops: Sequence[str]) -> str | None:
        """From the nearest hop outwards, the first that is not a trusted proxy itself."""
        for hop in reversed(hops):
            if not self._trusts(hop):
                return hop
        return hops[0] if hops else None


def _host_of(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _last(value: str | None) -> str:
    return (value or "").rsplit(",", 1)[-1].strip()
