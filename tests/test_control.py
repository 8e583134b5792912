"""The control socket: commands handed over, progress and result handed back."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from collector.commands.handover import CommandFailed, ask
from collector.control import REQUEST_BYTES_MAX, ControlServer, Progress
from collector.datafolder import SOCKET_FILE, socket_address
from collector.errors import Conflict


async def count(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    for done in range(arguments["to"]):
        await progress({"done": done + 1})
    return {"counted": arguments["to"]}


async def refuse(_arguments: dict[str, Any], _progress: Progress) -> dict[str, Any]:
    raise Conflict("there is one already")


async def fail(_arguments: dict[str, Any], _progress: Progress) -> dict[str, Any]:
    raise ZeroDivisionError


@pytest.fixture(params=["data", "deep" * 30])
async def folder(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Path]:
    """A folder with a server, also where its path is too long for a socket."""
    folder = tmp_path / request.param
    folder.mkdir()
    async with ControlServer(folder, {"count": count, "refuse": refuse, "fail": fail}):
        yield folder


async def raw(folder: Path, sent: bytes) -> bytes:
    def exchange() -> bytes:
        with socket.socket(socket.AF_UNIX) as client, socket_address(folder) as address:
            client.connect(address)
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(65536), b""))

    return await asyncio.to_thread(exchange)


async def test_progress_comes_before_the_result(folder: Path) -> None:
    seen: list[dict[str, Any]] = []
    result = await asyncio.to_thread(ask, folder, "count", {"to": 3}, seen.append)

    assert seen == [{"done": 1}, {"done": 2}, {"done": 3}]
    assert result == {"counted": 3}


async def test_a_refusal_comes_as_its_sentence(folder: Path) -> None:
    with pytest.raises(CommandFailed, match=r"^there is one already$"):
        await asyncio.to_thread(ask, folder, "refuse", {})


async def test_an_unknown_command_is_named(folder: Path) -> None:
    with pytest.raises(CommandFailed, match="no command 'dance'"):
        await asyncio.to_thread(ask, folder, "dance", {})


async def test_a_command_that_breaks_does_not_break_the_server(folder: Path) -> None:
    with pytest.raises(CommandFailed, match="ZeroDivisionError"):
        await asyncio.to_thread(ask, folder, "fail", {})

    assert await asyncio.to_thread(ask, folder, "count", {"to": 0}) == {"counted": 0}


async def test_nobody_else_may_connect(folder: Path) -> None:
    assert (folder / SOCKET_FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("request_text", "answer"),
    [
        (b"GET /count HTTP/1.1\r\n\r\n", b"sent by POST"),
        (b"POST /count HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]", b"not an object"),
        (b"POST /count HTTP/1.1\r\nContent-Length: 1\r\n\r\n{", b"not JSON"),
        (b"POST /count HTTP/1.1\r\nContent-Length: 9\r\n\r\n{}", b"did not arrive whole"),
        (b"POST /" + b"x" * 100_000, b"head is too long"),
        (
            b"POST /count HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (REQUEST_BYTES_MAX + 1),
            b"arguments are too long",
        ),
    ],
)
async def test_what_is_not_a_command_is_answered(
    folder: Path, request_text: bytes, answer: bytes
) -> None:
    assert answer in await raw(folder, request_text)


async def test_a_client_that_leaves_does_not_end_its_command(tmp_path: Path) -> None:
    finished = asyncio.Event()

    async def slow(_arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
        for done in range(50):
            await progress({"done": done, "padding": "x" * 10_000})
            await asyncio.sleep(0)
        finished.set()
        return {}

    async with ControlServer(tmp_path, {"slow": slow}):
        _, writer = await asyncio.open_unix_connection(str(tmp_path / SOCKET_FILE))
        writer.write(b"POST /slow HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        await asyncio.wait_for(finished.wait(), 5)


async def test_the_socket_of_a_killed_service_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / SOCKET_FILE))
    left.close()
    nobody = await asyncio.to_thread(ask, tmp_path, "count", {"to": 0})
    async with ControlServer(tmp_path, {"count": count}):
        result = await asyncio.to_thread(ask, tmp_path, "count", {"to": 0})

    assert (nobody, result) == (None, {"counted": 0})
    assert not (tmp_path / SOCKET_FILE).exists()


async def test_without_a_service_nobody_answers(tmp_path: Path) -> None:
    assert await asyncio.to_thread(ask, tmp_path / "nothing", "count", {}) is None
