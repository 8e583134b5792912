"""Estimated usage in the store, and files of before there were estimates."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector.records.change import Change
from collector.records.pricing import ModelPrice
from collector.settings import load_settings
from collector.telemetry.rows import Knowledge
from collector.telemetry.store import Store
from tests.telemetry.changes import DAY_MS, NOVEMBER, ORIGIN, span, trace

PRICES = {"input": Decimal("0.5"), "output": Decimal(1)}


def price(
    _project_id: str, model: str, usage: Mapping[str, int], _attributes: Mapping[str, Any]
) -> ModelPrice | None:
    if model != "priced":
        return None
    if not usage:
        return ModelPrice("id", None, None, {}, PRICES, "TOKENS")
    return ModelPrice("id", "tier", "Standard", PRICES, PRICES, "TOKENS")


def opened(folder: Path) -> Store:
    knowledge = Knowledge(price=price, estimates_tokens=True)
    store = Store(load_settings({"data_dir": str(folder)}, environ={}), knowledge)
    store.start()
    return store


def generation(observation_id: str, time_ms: int = NOVEMBER, **fields: Any) -> Change:
    fields = {"model": "priced", "type": "GENERATION", **fields}
    return span(observation_id, "t", time_ms, **fields)


async def test_estimates_are_summed_apart(tmp_path: Path) -> None:
    store = opened(tmp_path)
    estimated = generation("a", input="How are you?")
    counted = generation("b", usage={"input": 10})
    await store.append("p", ORIGIN, [trace("t"), estimated, counted])
    await store.visible("p")
    times = (0, NOVEMBER + DAY_MS)
    both = await store.reads.costs_by_day("p", *times)
    without = await store.reads.costs_by_day("p", *times, with_estimates=False)
    row = await store.reads.observation("p", "a")
    store.close()

    assert row is not None
    assert (row["usage_estimated"], row["provided_usage"]) == (True, None)
    assert both[0]["estimated_count"] == 1
    assert both[0]["total_tokens"] == 10 + row["total_tokens"]
    assert (without[0]["observation_count"], without[0]["total_cost"]) == (1, 5.0)


@pytest.mark.parametrize("times", [1, 2])
async def test_a_file_without_the_columns_is_read_and_written(tmp_path: Path, times: int) -> None:
    store = opened(tmp_path)
    await store.append("p", ORIGIN, [trace("t"), generation("a", usage={"input": 10})])
    await store.visible("p")
    store.close()
    (file,) = (tmp_path / "traces").glob("hot-*.duckdb")
    with duckdb.connect(str(file)) as connection:
        connection.execute("alter table observations drop column usage_estimated")
        connection.execute("alter table observation_payloads drop column usage_attributes")
    store = opened(tmp_path)
    for number in range(times):
        update = {"update": True, "usage": {"input": 20 + number}, "metadata": {"a": "b"}}
        changes = [generation("a", NOVEMBER + 1 + number, **update), generation("b", input="Hm?")]
        await store.append("p", ORIGIN, changes)
        await store.visible("p")
    costs = await store.reads.costs_by_day("p", 0, NOVEMBER + DAY_MS, with_estimates=False)
    row = await store.reads.observation("p", "a")
    unpriced = await store.reads.unpriced_models("p", 0, NOVEMBER + DAY_MS)
    store.close()

    assert row is not None
    assert row["total_cost"] == (19 + times) * 0.5
    assert costs[0]["observation_count"] == 2
    assert unpriced == []


async def test_models_without_a_price_are_named_from_every_file(tmp_path: Path) -> None:
    store = opened(tmp_path)
    changes = [
        trace("t"),
        generation("a", model="local", usage={"input": 3}),
        span("b", "t", NOVEMBER + 60_000, model="local", usage={"input": 4}),
        generation("c", model="given", cost={"total": 0}),
        generation("d", model=""),
        generation("e"),
    ]
    await store.append("p", ORIGIN, changes)
    await store.visible("p")
    found = await store.reads.unpriced_models("p", 0, NOVEMBER + DAY_MS)
    store.close()

    assert found == [
        {
            "model": "local",
            "observation_count": 2,
            "total_tokens": 7,
            "first_ms": NOVEMBER,
            "last_ms": NOVEMBER + 60_000,
        }
    ]
