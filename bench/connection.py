"""HTTP/1.1 as thin as it can be, so that the client's own cost does not show in the figures."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """Where the service listens, and the key's authorization."""

    host: str
    port: int
    authorization: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body."""

    status: int
    body: bytes


class Connection:
    """One connection kept alive; requests go one after the other."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes, content_type: str) -> Answer:
        """OSError and asyncio.IncompleteReadError when the connection breaks."""
        return await self._request("POST", path, body, f"Content-Type: {content_type}\r\n")

    async def get(self, path: str) -> Answer:
        """As `post`."""
        return await self._request("GET", path, b"", "")

    async def _request(self, method: str, path: str, body: bytes, extra: str) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._address.host, self._address.port)
        reader, writer = self._streams
        try:
            writer.write(self._head(method, path, len(body), extra) + body)
            return await _answer(reader)
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            raise

    def _head(self, method: str, path: str, length: int, extra: str) -> bytes:
        address = self._address
        return (
            f"{method} {path} HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n{extra}"
            f"Authorization: {address.authorization}\r\nContent-Length: {length}\r\n\r\n"
        ).encode()

    def close(self) -> None:
        """Drop the connection; the next request opens another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    length = 0
    for line in head[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
    return Answer(int(head[0].split()[1]), await reader.readexactly(length))
