"""Stands between a client and the service and keeps what the client said, byte by byte."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

_CHUNK_BYTES = 65_536


class Wiretap:
    """Forwards every connection to a port of this machine while the block lasts."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._heard: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def heard(self) -> bytes:
        """All that clients have sent so far, in lower case."""
        return b"".join(self._heard).lower()

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for end in (self._listener, *self._ends):
            with suppress(OSError):  # the other side may have gone first
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in (self._listener, *self._ends):
            end.close()

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # the block is over
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            self._ends += (client, server)
            self._run(_pump, client, server, self._heard)
            self._run(_pump, server, client, [])


def _pump(source: socket.socket, sink: socket.socket, kept: list[bytes]) -> None:
    with suppress(OSError):  # one of the two has gone
        while data := source.recv(_CHUNK_BYTES):
            kept.append(data)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
