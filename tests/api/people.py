"""Somebody who asks the API."""

from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Person:
    """A client with one key; `asks` may be told another one."""

    http: httpx.AsyncClient
    authorization: str | None
    headers: dict[str, str] = field(default_factory=dict)

    async def asks(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """One request."""
        sent = {**self.headers, **(headers or {})}
        if self.authorization is not None:
            sent.setdefault("authorization", self.authorization)
        return await self.http.request(method, path, headers=sent, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """GET."""
        return await self.asks("GET", path, **more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        """POST; `json=` is the body."""
        return await self.asks("POST", path, **more)

    async def delete(self, path: str) -> httpx.Response:
        """DELETE."""
        return await self.asks("DELETE", path)

    async def reads(self, path: str) -> Any:
        """The body of a GET that must succeed."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ingests(self, *events: dict[str, Any]) -> None:
        """A batch of which every event must be taken."""
        answer = await self.post("/api/public/ingestion", json={"batch": list(events)})
        assert answer.status_code == 207, answer.text
        assert answer.json()["errors"] == []
