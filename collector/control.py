"""The Unix socket of the data folder: commands hand their work to the service that owns it.

HTTP as far as it is needed: `POST /<command>` with a JSON object; the answer is JSON lines,
`{"progress": …}` as often as there is any, and `{"result": …}` or `{"error": …}` last.
"""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from collector.datafolder import socket_address
from collector.errors import InvalidRequest, NotFound, UnderstudyError

log = logging.getLogger("understudy.control")

Progress = Callable[[dict[str, Any]], Awaitable[None]]
Handler = Callable[[dict[str, Any], Progress], Awaitable[dict[str, Any]]]

REQUEST_BYTES_MAX: Final = 1024 * 1024
_REQUEST_SECONDS_MAX: Final = 10
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"


class ControlServer:
    """Open inside `async with`; only the owner of the data folder may make one."""

    def __init__(self, data_dir: Path, handlers: Mapping[str, Handler]) -> None:
        self._data_dir = data_dir
        self._handlers = handlers
        self._running: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "ControlServer":
        with socket_address(self._data_dir) as address:
            _remove(address)
            # With the mask the socket is never there with other rights.
            mask = os.umask(0o177)
            try:
                self._server = await asyncio.start_unix_server(self._accept, address)
            finally:
                os.umask(mask)
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        with socket_address(self._data_dir) as address:
            _remove(address)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._answer(reader, writer))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client that goes away ends nothing: its command is finished all the same.

        Nothing is written before the request is read, or a client that has left takes it along.
        """
        head = [_HEAD]

        async def send(line: dict[str, Any]) -> None:
            with suppress(ConnectionError):
                writer.write((head.pop() if head else b"") + json.dumps(line).encode() + b"\n")
                await writer.drain()

        async def progress(done: dict[str, Any]) -> None:
            await send({"progress": done})

        try:
            await send(await self._outcome(reader, progress))
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _outcome(self, reader: asyncio.StreamReader, progress: Progress) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_REQUEST_SECONDS_MAX):
                command, arguments = await _read_request(reader)
            return {"result": await self._handler(command)(arguments, progress)}
        except UnderstudyError as error:
            return {"error": error.message}
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            return {"error": "the request did not arrive whole"}
        except Exception as error:
            # The boundary: whatever a command does wrong must not end the service.
            log.exception("a command failed")
            return {"error": f"the service failed at it ({error!r}); its log says more"}

    def _handler(self, command: str) -> Handler:
        handler = self._handlers.get(command)
        if handler is None:
            raise NotFound(f"the running service has no command {command!r}; is it older?")
        return handler


def _remove(address: str) -> None:
    Path(address).unlink(missing_ok=True)


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any]]:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.LimitOverrunError as error:
        raise InvalidRequest("the request's head is too long") from error
    method, _, target = head[0].partition(" ")
    if method != "POST":
        raise InvalidRequest("commands are sent by POST")
    body = await reader.readexactly(_body_bytes(head[1:]))
    try:
        arguments = json.loads(body or b"{}")
    except ValueError as error:
        raise InvalidRequest("the arguments are not JSON") from error
    if not isinstance(arguments, dict):
        raise InvalidRequest("the arguments are not an object")
    return target.split(" ")[0].strip("/"), arguments


def _body_bytes(headers: list[str]) -> int:
    for header in headers:
        name, _, value = header.partition(":")
        if name.lower() == "content-length" and value.strip().isdigit():
            length = int(value)
            if length > REQUEST_BYTES_MAX:
                raise InvalidRequest("the arguments are too long")
            return length
    return 0
