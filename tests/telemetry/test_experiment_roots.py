"""Spans that stand for items of experiments, wherever they lie."""

import asyncio

from collector.records.change import Change
from collector.telemetry.store import Store
from tests.telemetry.changes import NOVEMBER, ORIGIN, span

EVERYTHING = (0, "")


def root(span_id: str, trace_id: str, **experiment: str) -> Change:
    said = {
        "id": "e",
        "name": "run",
        "dataset_id": "d",
        "item_id": f"item of {span_id}",
        "item_root_id": span_id,
        **experiment,
    }
    return span(span_id, trace_id, NOVEMBER, experiment=said)


async def append(store: Store, *changes: Change) -> None:
    await store.append("p", ORIGIN, changes)
    await store.visible("p")


async def ids(store: Store, after: tuple[int, str] = EVERYTHING, limit: int = 10) -> list[str]:
    return [row["id"] for row in await store.reads.experiment_roots("p", after, limit)]


async def test_only_roots_of_items_of_datasets_are_among_them(store: Store) -> None:
    await append(
        store,
        root("a", "t1"),
        root("child", "t1", item_root_id="a"),
        span("no-dataset", "t2", experiment={"item_root_id": "no-dataset"}),
        span("plain", "t3"),
    )
    [row] = await store.reads.experiment_roots("p", EVERYTHING, 10)

    assert row == {
        "id": "a",
        "trace_id": "t1",
        "start_ms": NOVEMBER,
        "updated_ms": row["updated_ms"],
        "experiment_name": "run",
        "experiment_dataset_id": "d",
        "experiment_item_id": "item of a",
    }
    assert await store.reads.experiment_roots("other", EVERYTHING, 10) == []


async def test_they_come_in_steps_in_the_order_of_writing(store: Store) -> None:
    await append(store, root("b", "t1"), root("a", "t2"))
    await append(store, root("0", "t3"))
    found = await store.reads.experiment_roots("p", EVERYTHING, 2)
    last = found[-1]

    assert [row["id"] for row in found] == ["a", "b"]
    assert await ids(store, (last["updated_ms"], last["id"])) == ["0"]


async def test_sealed_ones_are_found_until_their_file_is_older(store: Store) -> None:
    await append(store, root("a", "t1"))
    await asyncio.to_thread(store.sealer.seal_now)
    [row] = await store.reads.experiment_roots("p", EVERYTHING, 10)
    await append(store, span("late", "t1"), root("b", "t2"))

    assert row["id"] == "a"
    assert sorted(await ids(store)) == ["a", "b"]
    assert await ids(store, (row["updated_ms"] + 3_600_000, "")) == []
