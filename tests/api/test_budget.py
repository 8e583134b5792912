"""Bodies in flight share one budget."""

import asyncio

import pytest

from collector.api.budget import Budget, Held
from collector.errors import Unavailable


async def test_who_finds_no_room_gets_503_after_the_wait() -> None:
    budget = Budget(10, wait_seconds=0.05)
    await budget.take(8)
    with pytest.raises(Unavailable):
        await budget.take(3)
    assert budget.held == 8
    await budget.take(2)


async def test_room_that_becomes_free_goes_to_the_first_who_waits() -> None:
    budget = Budget(10, wait_seconds=5)
    await budget.take(10)
    order: list[str] = []

    async def wait(name: str, wanted: int) -> None:
        await budget.take(wanted)
        order.append(name)

    async with asyncio.TaskGroup() as tasks:
        for name, wanted in (("large", 9), ("small", 1)):
            tasks.create_task(wait(name, wanted))
            await asyncio.sleep(0)
        budget.release(10)
    assert order == ["large", "small"]
    assert budget.held == 10


async def test_a_cancelled_wait_holds_nothing_and_blocks_nobody() -> None:
    budget = Budget(10, wait_seconds=5)
    await budget.take(5)
    large = asyncio.create_task(budget.take(8))
    await asyncio.sleep(0)
    small = asyncio.create_task(budget.take(5))
    await asyncio.sleep(0)
    large.cancel()
    await small
    assert budget.held == 10


async def test_a_cancellation_just_after_the_wait_gives_its_bytes_back() -> None:
    budget = Budget(10, wait_seconds=5)
    await budget.take(10)
    waiting = asyncio.create_task(budget.take(4))
    await asyncio.sleep(0)
    budget.release(10)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert budget.held == 0


async def test_a_request_larger_than_all_room_gets_all_of_it_and_gives_it_back() -> None:
    budget = Budget(10, wait_seconds=0.05)
    held = Held(budget)
    await held.at_least(4)
    await held.at_least(100)
    assert budget.held == 10
    held.give_back()
    held.give_back()
    assert budget.held == 0
