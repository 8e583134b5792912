"""Paths and proxies, without the application around them."""

import ipaddress
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from collector.api.middleware.paths import clean
from collector.api.middleware.proxies import TrustedProxies

PROXIES = (ipaddress.ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize(
    ("sent", "routed"),
    [
        (b"//api/public//traces", b"/api/public/traces"),
        (b"/api/public/traces/", b"/api/public/traces"),
        (b"/", b"/"),
        (b"//", b"/"),
        (b"/api/public/traces/a%2F%2Fb%2F", b"/api/public/traces/a%2F%2Fb%2F"),
        (b"/traces?a=//", b"/traces"),
    ],
)
def test_paths_are_cleaned_before_they_are_decoded(sent: bytes, routed: bytes) -> None:
    assert clean(sent, b"") == routed


@pytest.mark.parametrize(
    ("sent", "routed"),
    [
        (b"/lf/api/x", b"/api/x"),
        (b"/lf", b"/"),
        (b"/lf/", b"/"),
        (b"/lfx/api", b"/lfx/api"),
        (b"/api/x", b"/api/x"),
    ],
)
def test_a_base_path_is_taken_off_once(sent: bytes, routed: bytes) -> None:
    assert clean(sent, b"/lf") == routed


async def scope_behind(peer: str | None, **headers: str) -> Scope:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        assert message

    sent = [(b"host", b"inner")]
    sent += [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()]
    scope: dict[str, Any] = {
        "type": "http",
        "client": (peer, 1) if peer else None,
        "scheme": "http",
        "headers": sent,
    }
    await TrustedProxies(app, PROXIES)(scope, receive, send)
    return seen[0]


async def test_a_trusted_proxy_says_who_asked_and_how() -> None:
    scope = await scope_behind(
        "10.0.0.1",
        x_forwarded_for="1.1.1.1, 203.0.113.9, 10.0.0.7",
        x_forwarded_proto="https",
        x_forwarded_host="traces.example.org",
    )
    assert scope["client"][0] == "203.0.113.9"
    assert scope["scheme"] == "https"
    assert (b"host", b"traces.example.org") in scope["headers"]
    assert (b"host", b"inner") not in scope["headers"]


@pytest.mark.parametrize("peer", ["203.0.113.1", None])
async def test_anybody_else_says_nothing(peer: str | None) -> None:
    scope = await scope_behind(peer, x_forwarded_for="1.1.1.1", x_forwarded_proto="https")
    assert scope["scheme"] == "http"
    assert scope["client"] == ((peer, 1) if peer else None)


async def test_a_proxy_that_sends_nonsense_changes_nothing() -> None:
    scope = await scope_behind("10.0.0.1", x_forwarded_proto="gopher", x_forwarded_for="")
    assert (scope["scheme"], scope["client"]) == ("http", ("10.0.0.1", 1))
