"""Commands that load the service have to wait when it says so."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from collector.errors import Unavailable

T = TypeVar("T")

_PATIENCE_SECONDS: Final = 120.0
_PAUSE_SECONDS: Final = 0.2


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """The work, tried again while it is Unavailable; a fault that stays is told."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return await work()
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)
