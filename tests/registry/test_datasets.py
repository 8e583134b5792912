"""Datasets, items and runs in the tables of both engines; the routes have the rest."""

import asyncio
from hashlib import sha256
from typing import Any

import pytest

from collector.errors import InvalidRequest, NotFound, Unprocessable
from collector.registry import dataset_items, dataset_runs, datasets
from collector.registry.dataset_items import ItemFilter
from collector.registry.dataset_rules import (
    Dataset,
    ExperimentRoot,
    Item,
    RunItem,
    name_faults,
    run_id_of,
    without_control_characters,
)
from collector.registry.identifiers import now_ms
from collector.registry.registry import Registry
from collector.settings import Settings

SETTINGS = Settings(datasets_max=3, dataset_items_max=3, dataset_item_versions_max=2)
PAGE = (1, 50)
BYTES_MAX = 10_000


async def made(registry: Registry, project_id: str, name: str = "d", **fields: Any) -> Dataset:
    return await registry.run(lambda c: datasets.upsert(c, project_id, name, fields, SETTINGS))


async def written(
    registry: Registry, dataset: Dataset, item_id: str | None = None, **fields: Any
) -> Item:
    async def work(connection: Any) -> Item:
        await datasets.take_turn(connection, dataset.project_id)
        return await dataset_items.write(connection, dataset, item_id, fields, SETTINGS)

    return await registry.run(work)


async def listed(registry: Registry, dataset: Dataset, **more: Any) -> list[str]:
    wanted = ItemFilter(dataset.id, **more)
    found, total = await registry.run(
        lambda c: dataset_items.page(c, dataset.project_id, wanted, PAGE, BYTES_MAX)
    )
    assert total == len(found)
    return [item.id for item in found]


async def linked(registry: Registry, item: Item, project_id: str, **said: Any) -> RunItem:
    async def work(connection: Any) -> RunItem:
        await datasets.take_turn(connection, project_id)
        return await dataset_runs.link(connection, project_id, item, said, 2)

    return await registry.run(work)


def test_the_id_of_a_run_is_the_one_that_sdks_work_out() -> None:
    text = '["langfuse-experiment-v1","p","d","r\u00f6n \\"1\\""]'

    assert run_id_of("p", "d", 'r\u00f6n "1"') == sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", ["", "a//b", "/a", "a/", "a<b>c", "a\0"])
def test_a_bad_name_has_faults(name: str) -> None:
    assert name_faults(name)


@pytest.mark.parametrize("name", ["a", "a/b", "a b", "a<b", "品質"])
def test_a_good_name_has_none(name: str) -> None:
    assert name_faults(name) == []


def test_control_characters_go_from_texts_and_keys() -> None:
    cleaned = without_control_characters({"a\0b": ["x\x1b\ty\n", 5, None]})

    assert cleaned == {"ab": ["x\ty\n", 5, None]}


async def test_upserts_at_the_same_time_make_one_dataset(
    registry: Registry, project_id: str
) -> None:
    made_ = await asyncio.gather(
        *(made(registry, project_id, description=str(number)) for number in range(5))
    )

    assert len({dataset.id for dataset in made_}) == 1


async def test_writes_at_the_same_time_leave_one_newest_version(
    registry: Registry, project_id: str
) -> None:
    dataset = await made(registry, project_id)
    await asyncio.gather(*(written(registry, dataset, "i", input=str(n)) for n in range(6)))

    assert await listed(registry, dataset) == ["i"]


async def test_versions_begin_one_after_the_other_and_the_newest_are_kept(
    registry: Registry, project_id: str
) -> None:
    dataset = await made(registry, project_id)
    versions = [await written(registry, dataset, "i", input=str(n)) for n in range(4)]
    moments = [version.valid_from_ms for version in versions]

    async def at(moment_ms: int) -> Item:
        return await registry.run(lambda c: dataset_items.find(c, project_id, "i", moment_ms))

    found = [await at(moment_ms) for moment_ms in moments[2:]]

    assert moments == sorted(set(moments))
    assert [item.input for item in found] == ["2", "3"]
    with pytest.raises(NotFound):
        await at(moments[0])


async def test_a_deleted_item_stays_in_the_versions_of_before(
    registry: Registry, project_id: str
) -> None:
    dataset = await made(registry, project_id)
    item = await written(registry, dataset, "i", input="1")
    await registry.run(lambda c: dataset_items.remove(c, project_id, "i"))

    assert await listed(registry, dataset) == []
    assert await listed(registry, dataset, version_ms=item.valid_from_ms) == ["i"]
    assert await listed(registry, dataset, version_ms=item.valid_from_ms - 1) == []
    with pytest.raises(NotFound):
        await registry.run(lambda c: dataset_items.remove(c, project_id, "i"))


async def test_what_was_deleted_may_be_written_again(registry: Registry, project_id: str) -> None:
    first = await made(registry, project_id)
    other = await made(registry, project_id, "other")
    await written(registry, first, "i", input="1", metadata="2")
    await registry.run(lambda c: dataset_items.remove(c, project_id, "i"))
    again = await written(registry, other, "i", input="3")

    assert (again.dataset_id, again.input, again.metadata) == (other.id, "3", None)


async def test_there_are_so_many_datasets_and_items_at_most(
    registry: Registry, project_id: str
) -> None:
    all_ = [await made(registry, project_id, str(number)) for number in range(3)]
    for number in range(3):
        await written(registry, all_[0], str(number), input="1")

    with pytest.raises(InvalidRequest, match="3 datasets"):
        await made(registry, project_id, "fourth")
    with pytest.raises(InvalidRequest, match="3 items"):
        await written(registry, all_[0], "fourth", input="1")
    assert (await written(registry, all_[0], "0", input="2")).input == "2"


async def test_a_page_of_large_items_is_refused_before_it_is_read(
    registry: Registry, project_id: str
) -> None:
    dataset = await made(registry, project_id)
    for number in range(2):
        await written(registry, dataset, str(number), input='"' + "x" * 6_000 + '"')

    with pytest.raises(Unprocessable, match="limit"):
        await listed(registry, dataset)
    with pytest.raises(Unprocessable, match="limit"):
        await registry.run(lambda c: dataset_items.active_ids(c, [dataset.id], 1))


async def test_a_new_schema_must_fit_the_items_there_are(
    registry: Registry, project_id: str
) -> None:
    dataset = await made(registry, project_id)
    for number in range(3):
        await written(registry, dataset, f"i{number}", input=str(number))
    with pytest.raises(InvalidRequest, match="item i0: Input validation failed: must be string"):
        await made(registry, project_id, input_schema='{"type":"string"}')
    changed = await made(registry, project_id, input_schema='{"type":"integer"}')

    assert changed.input_schema == '{"type":"integer"}'
    with pytest.raises(InvalidRequest, match="must be integer"):
        await written(registry, changed, "i0", input='"a"')


async def test_the_newest_item_of_a_run_counts(registry: Registry, project_id: str) -> None:
    item = await written(registry, await made(registry, project_id), "i", input="1")
    for trace_id, created_ms in (("t1", 2_000), ("t2", 3_000), ("t3", 1_000)):
        said = {"run_name": "r", "trace_id": trace_id, "created_ms": created_ms}
        await linked(registry, item, project_id, **said)
    run = await registry.run(lambda c: dataset_runs.search(c, item.dataset_id, "r"))
    assert run is not None
    found = await registry.run(lambda c: dataset_runs.all_items(c, project_id, run, 10))

    assert [each.trace_id for each in found] == ["t2"]
    assert run.created_ms == 2_000


async def test_spans_from_before_a_deletion_do_not_bring_a_run_back(
    registry: Registry, project_id: str
) -> None:
    dataset = await made(registry, project_id)

    async def folded(written_ms: int) -> list[str]:
        root = ExperimentRoot("s", "t", dataset.id, "r", "i", 5_000, written_ms)
        said: dict[str, tuple[str | None, str | None]] = {}
        await registry.run(lambda c: dataset_runs.fold(c, project_id, [root], said, 2))
        found = await registry.run(lambda c: dataset_runs.names(c, [dataset.id], 10))
        return found[dataset.id]

    assert await folded(1_000) == ["r"]
    run = await registry.run(lambda c: dataset_runs.search(c, dataset.id, "r"))
    assert run is not None
    await registry.run(lambda c: dataset_runs.remove(c, project_id, run))
    assert await folded(1_000) == []
    assert await folded(now_ms() + 1) == ["r"]


async def test_a_dataset_has_so_many_runs_at_most(registry: Registry, project_id: str) -> None:
    item = await written(registry, await made(registry, project_id), "i", input="1")
    for name in ("a", "b"):
        await linked(registry, item, project_id, run_name=name, trace_id="t")

    with pytest.raises(InvalidRequest, match="2 runs"):
        await linked(registry, item, project_id, run_name="c", trace_id="t")
