"""A few threads for calls that may hang: the process ends without waiting for them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(slots=True)
class _Call:
    work: Callable[[], Any]
    done: "asyncio.Future[Any]"


class CarefreeThreads:
    """Executors of the standard library are joined at exit, whatever their calls wait for."""

    def __init__(self, count: int, name: str) -> None:
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._work, name=f"{name}-{number}", daemon=True)
            for number in range(count)
        ]
        self._are_started = False

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns or raises, called in one of the threads."""
        if not self._are_started:
            self._are_started = True
            for thread in self._threads:
                thread.start()
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._calls.put(_Call(work, done))
        return await done

    def close(self) -> None:
        """Nothing more is begun; what is under way is left to itself."""
        for _ in self._threads:
            self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            if call.done.cancelled():
                continue
            result, fault = None, None
            try:
                result = call.work()
            except Exception as error:  # noqa: BLE001 -- it is raised where the call is awaited
                fault = error
            with suppress(RuntimeError):  # the loop is gone, and with it whoever waited
                call.done.get_loop().call_soon_threadsafe(_settle, call.done, result, fault)


def _settle(done: "asyncio.Future[Any]", result: Any, fault: Exception | None) -> None:
    if done.done():
        return
    if fault is not None:
        done.set_exception(fault)
    else:
        done.set_result(result)
