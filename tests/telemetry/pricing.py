"""A store whose prices a test may change, and observations that need all kinds of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from collector.records.change import Change
from collector.records.pricing import Catalogue, ModelPrice
from collector.settings import load_settings
from collector.telemetry.comparing import Batch, Place, Range
from collector.telemetry.rows import Knowledge
from collector.telemetry.store import Store
from tests.telemetry.changes import DAY_MS, NOVEMBER, ORIGIN, span, trace

STANDARD = {"id": "d", "name": "Standard", "isDefault": True, "priority": 9, "conditions": []}
_BATCH = {"source": "metadata", "key": "service_tier", "values": ["batch"]}
_HALF = {"id": "h", "name": "Batch", "isDefault": False, "priority": 1, "conditions": [_BATCH]}


def model(name: str, half: bool = True, **prices: str) -> dict[str, Any]:
    """A row of the registry's snapshot; with `half`, batches cost a tenth for input."""
    tiers = [STANDARD | {"prices": prices}]
    if half:
        tiers.append(_HALF | {"prices": {"input": "0.1", "output": "0.2"}})
    row = {"id": f"id-{name}", "project_id": None, "name": name, "pattern": f"(?i)^{name}$"}
    return row | {"start_ms": None, "unit": "TOKENS", "tiers": json.dumps(tiers)}


LATER = model("later", input="0.5", output="1.25")
FREE = model("free", half=False, input="0", output="0")


class Prices:
    """What flushes know: `set` replaces all models, as a refreshed snapshot does."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.set(*rows)

    def set(self, *rows: dict[str, Any]) -> None:
        self._known = Catalogue(rows, names_max=100, on_limit=pytest.fail)

    def price(
        self, project_id: str, name: str, usage: Mapping[str, int], attributes: Mapping[str, Any]
    ) -> ModelPrice | None:
        return self._known.price(project_id, name, usage, attributes)


def opened(folder: Path, prices: Prices, **settings: str) -> Store:
    values = {"data_dir": str(folder), **settings}
    knowledge = Knowledge(price=prices.price, estimates_tokens=True)
    store = Store(load_settings(values, environ={}), knowledge)
    store.start()
    return store


def day(number: int) -> list[Change]:
    """A trace with observations of each kind, on a day of its own."""
    begun, trace_id = NOVEMBER - number * DAY_MS, f"t{number}"

    def one(name: str, **fields: Any) -> Change:
        place = "abcdefgh".index(name)
        fields = {"model": "later", "type": "GENERATION", **fields}
        return span(f"{name}{number}", trace_id, begun + place, **fields)

    usage = {"input": 10 + number, "output": 3}
    return [
        trace(trace_id, begun, name="chat"),
        one("a", usage=usage, input="Hm?"),
        one("b", usage=usage, cost={"input": 0.25, "output": 0.5}),
        one("c", input=f"How are you {number}?", output="Fine, thank you."),
        one("d", usage=usage, metadata={"service_tier": "batch"}, output="yes " * 3_000),
        one("e", level="ERROR", input="Hello?"),
        one("f", model="free", usage=usage),
        one("g", model="unknown", usage=usage),
        span(f"h{number}", trace_id, begun + 7, input="no model"),
    ]


def late(number: int) -> list[Change]:
    """Events that come after the trace was stored: other usage, which a tier depends on."""
    begun, trace_id = NOVEMBER - number * DAY_MS + 60_000, f"t{number}"
    batch = {"usage": {"input": 70}, "metadata": {"service_tier": "batch"}}
    more = {"usage": {"input": 80}, "metadata": {"later": "on"}}
    return [
        span(f"a{number}", trace_id, begun, update=True, **batch),
        span(f"d{number}", trace_id, begun, update=True, **more),
    ]


async def append(store: Store, *changes: Change) -> None:
    await store.append("p", ORIGIN, changes)
    await store.visible("p")


async def reprice(store: Store, range_: Range | None = None, *, dry_run: bool = False) -> Batch:
    """The whole walk; all batches added up."""
    repricing = store.repricing(range_ or Range("p"))
    await repricing.begin()
    summed, is_last = Batch(), False
    place: Place | None = None
    while not is_last:
        batch = await repricing.batch(place, dry_run=dry_run)
        place, is_last = batch.place, batch.is_last
        for name in ("looked_at", "changed", "cost_before", "cost_after", "unpriced"):
            setattr(summed, name, getattr(summed, name) + getattr(batch, name))
    assert await repricing.keep()
    return summed


async def everything(store: Store) -> dict[str, Any]:
    """All that reads tell but when it was stored."""
    reads = store.reads
    observations = await reads.observations("p", [], limit=10_000)
    traces = await reads.traces("p", [], limit=10_000)
    costs = await reads.costs_by_day("p", 0, NOVEMBER + DAY_MS)
    for row in (*observations.rows, *traces.rows):
        del row["updated_ms"], row["created_ms"]
    counted = [observations.total, traces.total]
    costs.sort(key=lambda row: (row["day"], row["model"]))  # equal costs come in any order
    return {"o": observations.rows, "t": traces.rows, "costs": costs, "counted": counted}
