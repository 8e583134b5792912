"""Waiting for what happens in the background."""

import asyncio
import time
from collections.abc import Callable


async def soon(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Returns once the condition holds; fails when that takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)
