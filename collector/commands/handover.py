"""Where a command's work is done: by the service that owns the data folder, or here without one.

Handing over needs nothing but the standard library.
"""

import http.client
import json
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final

from collector.datafolder import SOCKET_FILE, DataFolderTaken, owned, socket_address
from collector.errors import UnderstudyError
from collector.settings import Settings

Arguments = dict[str, Any]
Result = dict[str, Any]
ShowProgress = Callable[[dict[str, Any]], None]
AsyncProgress = Callable[[dict[str, Any]], Awaitable[None]]
Perform = Callable[[Any, Arguments, AsyncProgress], Awaitable[Result]]
Open = Callable[[Settings], AbstractAsyncContextManager[Any]]

# A service that starts or stops owns the folder for some seconds without answering.
_PATIENCE_SECONDS: Final = 6.0


class CommandFailed(UnderstudyError):
    """What the service answered instead of a result."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, data_dir: Path) -> None:
        super().__init__("localhost")
        self._data_dir = data_dir

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        try:
            with socket_address(self._data_dir) as address:
                self.sock.connect(address)
        except OSError:
            self.sock.close()
            raise


def carry_out(
    settings: Settings,
    command: str,
    arguments: Arguments,
    *,
    opened: Open,
    perform: Perform,
    progress: ShowProgress = lambda _done: None,
) -> Result:
    """Hands the command over; with no service running, opens what it needs and does it here."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        result = ask(settings.data_dir, command, arguments, progress)
        if result is not None:
            return result
        try:
            with owned(settings.data_dir):
                return _perform_here(settings, arguments, opened, perform, progress)
        except DataFolderTaken:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def ask(
    data_dir: Path,
    command: str,
    arguments: Arguments,
    progress: ShowProgress = lambda _done: None,
) -> Result | None:
    """The running service's result; None when nobody listens. Raises CommandFailed."""
    connection = _UnixConnection(data_dir)
    try:
        connection.request("POST", f"/{command}", json.dumps(arguments))
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        return None
    except PermissionError as error:
        message = f"{data_dir / SOCKET_FILE} belongs to another user; run this as the service's"
        raise CommandFailed(message) from error
    try:
        return _result(connection.getresponse(), progress)
    except (ConnectionError, http.client.HTTPException) as error:
        raise CommandFailed("the service ended before the command did") from error
    finally:
        connection.close()


def _result(answer: http.client.HTTPResponse, progress: ShowProgress) -> Result:
    for line in answer:
        message = json.loads(line)
        if "progress" in message:
            progress(message["progress"])
        elif "error" in message:
            raise CommandFailed(message["error"])
        else:
            result: Result = message["result"]
            return result
    raise CommandFailed("the service ended before the command did")


def _perform_here(
    settings: Settings,
    arguments: Arguments,
    opened: Open,
    perform: Perform,
    progress: ShowProgress,
) -> Result:
    import asyncio

    async def show(done: dict[str, Any]) -> None:
        progress(done)

    async def work() -> Result:
        async with opened(settings) as parts:
            return await perform(parts, arguments, show)

    return asyncio.run(work())
