"""Somebody with a browser, and a client that sends what is read there."""

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import httpx

from collector.registry import users
from collector.services import Services


@dataclass
class Reader:
    """`http` keeps cookies; `authorization` is the project's key, for sending traces only."""

    http: httpx.AsyncClient
    authorization: str

    async def has_session_of(self, services: Services, email: str) -> None:
        """Logged in without the cost of a password."""
        registry = services.registry
        user = await registry.run(lambda connection: users.find_by_email(connection, email))
        assert user is not None
        login = await registry.begin_session(user)
        self.http.cookies.set("understudy", login.token, domain="testserver.local")

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def page(self, path: str, **more: Any) -> str:
        """The HTML of a page that must be there."""
        answer = await self.get(path, **more)
        assert answer.status_code == 200, re.findall(r"<main.*</main>", answer.text, re.DOTALL)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text

    async def data(self, path: str) -> Any:
        """The same page as data."""
        answer = await self.get(path + ("&" if "?" in path else "?") + "format=json")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def sends(self, events: list[dict[str, Any]]) -> None:
        """A batch of which every event must be taken."""
        answer = await self.http.post(
            "/api/public/ingestion",
            content=json.dumps({"batch": events}),
            headers={"authorization": self.authorization, "content-type": "application/json"},
        )
        assert answer.status_code == 207, answer.text
        assert answer.json()["errors"] == []

    async def makes_prompt(self, base_path: str = "", **body: Any) -> Any:
        """A version of a prompt that must be taken."""
        answer = await self.http.post(
            base_path + "/api/public/v2/prompts",
            json=body,
            headers={"authorization": self.authorization},
        )
        assert answer.status_code == 201, answer.text
        return answer.json()


class _Outline(HTMLParser):
    """Tags and attributes as a browser would find them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags(html: str, name: str | None = None) -> list[tuple[str, dict[str, str | None]]]:
    """Every element with its attributes."""
    outline = _Outline()
    outline.feed(html)
    return [found for found in outline.tags if name in (None, found[0])]


def links(html: str) -> list[str]:
    """Every address a page leads to."""
    return [attributes["href"] or "" for _, attributes in tags(html, "a")]
