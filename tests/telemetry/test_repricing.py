"""Stored observations priced anew are as if the price had been there from the start."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from collector import metrics
from collector.telemetry import comparing
from collector.telemetry.comparing import Range
from collector.telemetry.store import Store
from tests.telemetry.changes import DAY_MS, NOVEMBER, span, trace
from tests.telemetry.pricing import (
    FREE,
    LATER,
    Prices,
    append,
    day,
    everything,
    late,
    model,
    opened,
    reprice,
)

DAYS = 40


async def seal(store: Store) -> None:
    await asyncio.to_thread(store.sealer.seal_now)


async def hot(store: Store) -> None:
    await append(store, *(change for number in range(DAYS) for change in day(number)))
    await append(store, *(change for number in range(0, DAYS, 3) for change in late(number)))


async def sealed(store: Store) -> None:
    await hot(store)
    await seal(store)


async def mixed(store: Store) -> None:
    """Sealed, brought back by late events, sealed again, and some only hot."""
    await append(store, *(change for number in range(0, DAYS, 2) for change in day(number)))
    await seal(store)
    await append(store, *(change for number in range(1, DAYS, 2) for change in day(number)))
    await append(store, *(change for number in range(0, DAYS // 2, 3) for change in late(number)))
    await seal(store)
    second = range(DAYS // 2, DAYS)
    await append(store, *(c for number in second if number % 3 == 0 for c in late(number)))
    await append(store, *late(18))


Fill = Callable[[Store], Awaitable[None]]


@pytest.mark.parametrize("fill", [hot, sealed, mixed])
async def test_it_is_as_if_the_price_had_been_there(tmp_path: Path, fill: Fill) -> None:
    before = opened(tmp_path / "before", Prices(LATER, FREE))
    await fill(before)
    wanted = await everything(before)
    before.close()
    prices = Prices(model("later", input="9"))
    store = opened(tmp_path / "after", prices)
    await fill(store)
    prices.set(LATER, FREE)
    done = await reprice(store)
    found = await everything(store)
    again = await reprice(store)
    store.close()

    assert found == wanted
    assert done.looked_at == DAYS * 7
    assert (again.looked_at, again.changed) == (DAYS * 7, 0)
    assert sorted(done.unpriced) == ["unknown"] * DAYS
    costs = sum(row["total_cost"] or 0 for row in wanted["costs"])
    assert done.cost_after == pytest.approx(costs)
    assert done.cost_before != pytest.approx(costs)


@pytest.mark.parametrize("fill", [hot, sealed])
async def test_a_price_that_is_gone_takes_its_costs_and_estimates_along(
    tmp_path: Path, fill: Fill
) -> None:
    without = opened(tmp_path / "without", Prices())
    await fill(without)
    wanted = await everything(without)
    without.close()
    prices = Prices(LATER, FREE)
    store = opened(tmp_path / "with", prices)
    await fill(store)
    prices.set()
    await reprice(store)

    assert await everything(store) == wanted
    store.close()


@pytest.mark.parametrize("fill", [sealed, mixed])
async def test_what_was_changed_is_there_after_a_restart(tmp_path: Path, fill: Fill) -> None:
    prices = Prices()
    store = opened(tmp_path, prices)
    await fill(store)
    prices.set(LATER, FREE)
    await reprice(store)
    wanted = await everything(store)
    store.close()
    store = opened(tmp_path, prices)

    assert await everything(store) == wanted
    await seal(store)
    assert await everything(store) == wanted
    store.close()


async def test_a_dry_run_changes_nothing_and_tells_the_same(tmp_path: Path) -> None:
    prices = Prices()
    store = opened(tmp_path, prices)
    await mixed(store)
    wanted = await everything(store)
    prices.set(LATER, FREE)
    rehearsed = await reprice(store, dry_run=True)
    unchanged = await everything(store)
    done = await reprice(store)
    store.close()

    assert unchanged == wanted
    assert rehearsed == done
    assert done.changed == DAYS * 6


async def test_a_cost_that_was_given_stays(tmp_path: Path) -> None:
    prices = Prices()
    store = opened(tmp_path, prices)
    await sealed(store)
    prices.set(LATER)
    await reprice(store)
    row = await store.reads.observation("p", "b1")
    store.close()

    assert row is not None
    assert row["cost_details"] == {"input": 0.25, "output": 0.5, "total": 0.75}
    assert row["model_id"] == "id-later"


async def test_only_the_range_and_the_models_named_are_touched(tmp_path: Path) -> None:
    prices = Prices()
    store = opened(tmp_path, prices)
    await sealed(store)
    prices.set(LATER, FREE)
    begun = NOVEMBER - 3 * DAY_MS
    done = await reprice(store, Range("p", begun, begun + DAY_MS, ("free", "unknown")))
    page = await store.reads.observations("p", [], limit=10_000)
    await reprice(store, Range("another"))
    store.close()

    assert (done.looked_at, done.changed, done.unpriced) == (2, 1, ["unknown"])
    assert [row["id"] for row in page.rows if row["model_id"]] == ["f3"]
    assert [row["total_cost"] for row in page.rows if row["id"] == "f3"] == [0.0]


async def test_no_payload_is_read_that_no_price_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = Prices()
    store = opened(tmp_path, prices)
    await sealed(store)
    prices.set(model("later", half=False, input="1"), FREE)
    read: list[str] = []
    payloads_of = comparing.Comparing._payloads_of

    def noted(self: Any, cursor: Any, file: Any, ids: list[str]) -> Any:
        read.extend(ids)
        return payloads_of(self, cursor, file, ids)

    monkeypatch.setattr(comparing.Comparing, "_payloads_of", noted)
    await reprice(store)
    store.close()

    assert read == []


@pytest.mark.parametrize(
    ("name", "limit"),
    [("_READ_BYTES_MAX", 50_000), ("_HELD_BYTES_MAX", 7), ("OBSERVATIONS_MAX", 31)],
)
async def test_a_batch_cut_short_leaves_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, limit: int
) -> None:
    prices = Prices()
    store = opened(tmp_path, prices)
    await mixed(store)
    prices.set(LATER, FREE)
    monkeypatch.setattr(comparing, name, limit)
    done = await reprice(store)
    again = await reprice(store)
    store.close()

    assert (done.looked_at, done.changed) == (DAYS * 7, DAYS * 6)
    assert again.changed == 0


async def test_what_an_event_changes_meanwhile_is_the_events(tmp_path: Path) -> None:
    """Read, then overtaken by a flush: the older amounts are not written over the newer ones."""
    prices = Prices()
    store = opened(tmp_path, prices)
    await append(store, *day(0))
    prices.set(LATER, FREE)
    repricing = store.repricing(Range("p"))
    batch = await repricing.batch(None, dry_run=True)
    await append(store, span("a0", "t0", NOVEMBER + 5, update=True, usage={"input": 1_000}))
    for piece in batch.pieces:
        await repricing._in_writer(partial(repricing._write, piece))
    row = await store.reads.observation("p", "a0")
    other = await store.reads.observation("p", "d0")
    store.close()

    assert row is not None
    assert other is not None
    assert row["cost_details"] == {"input": 500.0, "total": 500.0}
    assert other["pricing_tier_name"] == "Batch"


async def test_under_load_every_observation_has_the_new_price(tmp_path: Path) -> None:
    prices = Prices()
    store = opened(tmp_path, prices, flush_interval_seconds="0.05")
    await sealed(store)
    ended = asyncio.Event()
    sent = 0

    async def load() -> None:
        nonlocal sent
        while not ended.is_set():
            changes = [trace(f"l{sent}"), *(c for c in late(sent % DAYS))]
            usage = {"input": 4}
            changes.append(span(f"l{sent}", f"l{sent}", model="later", usage=usage))
            await append(store, *changes)
            sent += 1

    loading = asyncio.create_task(load())
    await asyncio.sleep(0)
    prices.set(LATER, FREE)
    await reprice(store)
    ended.set()
    await loading
    page = await store.reads.observations("p", [], limit=10_000)
    again = await reprice(store, dry_run=True)
    store.close()

    assert sent > 0
    assert page.total == len({row["id"] for row in page.rows}) == DAYS * 8 + sent
    assert again.changed == 0


async def test_that_an_instance_was_opened_anew_is_told(tmp_path: Path) -> None:
    prices = Prices()
    store = opened(tmp_path, prices)
    await sealed(store)
    prices.set(LATER, FREE)
    repricing = store.repricing(Range("p"))
    await repricing.batch(None)
    unkept = repricing.has_unkept
    writer = repricing._writer
    await repricing._in_writer(partial(writer.renew, store.engine.generation))
    kept = await repricing.keep()
    await reprice(store)
    again = await reprice(store)
    found = await everything(store)
    store.close()

    assert (unkept, kept) == (True, False)
    assert again.changed == 0
    assert found["counted"] == [DAYS * 8, DAYS]


async def test_what_is_changed_is_counted(tmp_path: Path) -> None:
    prices = Prices()
    store = opened(tmp_path, prices)
    await append(store, *day(0))
    prices.set(LATER, FREE)
    before = metrics.REPRICED._value.get()
    done = await reprice(store)
    store.close()

    assert metrics.REPRICED._value.get() - before == done.changed == 6
