"""Score configs in the tables of both engines; the routes have the rest."""

import asyncio
from functools import partial
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.errors import InvalidRequest, NotFound
from collector.registry import score_configs
from collector.registry.registry import Registry

NUMERIC = {"name": "quality", "data_type": "NUMERIC"}


async def made(registry: Registry, project_id: str, **fields: Any) -> str:
    config = await registry.run(lambda c: score_configs.create(c, project_id, NUMERIC | fields, 10))
    return config.id


async def test_every_field_comes_back(registry: Registry, project_id: str) -> None:
    fields = {
        "name": "kind",
        "data_type": "CATEGORICAL",
        "description": "d",
        "categories": [{"label": "a\u0000b", "value": 0.25}],
    }
    config = await registry.run(lambda c: score_configs.create(c, project_id, fields, 10))
    found = await registry.run(lambda c: score_configs.find(c, project_id, config.id))

    assert found == config
    assert (found.description, found.categories) == ("d", fields["categories"])


async def test_bounds_may_be_any_number(registry: Registry, project_id: str) -> None:
    bounds = {"min_value": -(2**62), "max_value": 1e300}
    config_id = await made(registry, project_id, **bounds)
    found = await registry.run(lambda c: score_configs.find(c, project_id, config_id))

    assert (found.min_value, found.max_value) == (-(2.0**62), 1e300)


async def test_changes_at_the_same_time_are_both_kept(registry: Registry, project_id: str) -> None:
    config_id = await made(registry, project_id)

    async def laid(fields: dict[str, Any], connection: AsyncConnection) -> None:
        await score_configs.change(connection, project_id, config_id, fields)

    changes: list[dict[str, Any]] = [{"name": "depth"}, {"description": "d"}, {"min_value": 0.5}]
    await asyncio.gather(*(registry.run(partial(laid, change)) for change in changes))
    found = await registry.run(lambda c: score_configs.find(c, project_id, config_id))

    assert (found.name, found.description, found.min_value) == ("depth", "d", 0.5)


async def test_a_config_of_another_project_is_not_found(
    registry: Registry, project_id: str
) -> None:
    config_id = await made(registry, project_id)

    with pytest.raises(NotFound):
        await registry.run(lambda c: score_configs.find(c, "another", config_id))
    with pytest.raises(NotFound):
        await registry.run(lambda c: score_configs.change(c, "another", config_id, NUMERIC))


async def test_past_the_limit_none_is_made(registry: Registry, project_id: str) -> None:
    await made(registry, project_id)

    with pytest.raises(InvalidRequest, match="1 score configs"):
        await registry.run(lambda c: score_configs.create(c, project_id, NUMERIC, 1))
    assert await registry.run(lambda c: score_configs.count(c, project_id)) == 1


async def test_pages_follow_each_other_without_a_gap(registry: Registry, project_id: str) -> None:
    ids = {await made(registry, project_id) for _ in range(5)}
    pages = []
    for number in (1, 2, 3):
        page = partial(score_configs.page, project_id=project_id, number=number, limit=2)
        pages.append(await registry.run(page))

    assert [len(page) for page in pages] == [2, 2, 1]
    assert {config.id for page in pages for config in page} == ids
