"""Models in the registry: of one project or of all, and the packaged table."""

import json
from typing import Any

import pytest
from sqlalchemy import update

from collector.errors import InvalidRequest, NotFound
from collector.registry import models, price_table
from collector.registry.price_table import PriceTable
from collector.registry.registry import Registry
from collector.registry.schema import models as table
from collector.settings import Settings

TIER = {"name": "Standard", "isDefault": True, "priority": 0, "conditions": []}


def fields(name: str, **more: Any) -> dict[str, Any]:
    return {
        "model_name": name,
        "match_pattern": f"^{name}$",
        "unit": "TOKENS",
        "tiers": [TIER | {"prices": {"input": "0.5"}}],
        "is_flat": True,
        **more,
    }


def made(dated: str, *names: str, is_packaged: bool = True) -> PriceTable:
    rows = [
        {
            "name": name,
            "provider": "own",
            "names": name,
            "keys": "plain",
            "tiers": [{"name": "Standard", "prices": {"input": "2"}}],
        }
        for name in names
    ]
    body = {
        "dated": dated,
        "source": "a test",
        "patterns": {"own": "^(NAMES)$"},
        "usage_keys": {"plain": {"input": ["input", "input_tokens"]}},
    }
    lines = [json.dumps(line) for line in (body, *rows)]
    return PriceTable("\n".join(lines).encode(), is_packaged=is_packaged)


async def names(registry: Registry, project_id: str = "none") -> list[str]:
    found = await registry.run(lambda c: models.search(c, project_id, "", 10_000))
    return [model.model_name for model in found]


async def test_a_first_start_loads_the_packaged_table(registry: Registry) -> None:
    held = await registry.run(models.held_table)
    packaged = price_table.packaged()

    assert held == {"version": packaged.version, "dated": packaged.dated, "given": False}
    assert len(await names(registry)) == len(list(packaged.rows()))
    assert registry.snapshot("shared_models") == [{"packaged": packaged.version}]
    assert registry.snapshot("models") == []


async def test_only_a_later_table_replaces_the_one_that_is_held(registry: Registry) -> None:
    async def load(*arguments: str) -> int | None:
        return await registry.run(lambda c: models.load(c, made(*arguments)))

    assert await load("2030-01-02", "a", "b") == 2
    assert await load("2030-01-02", "a", "b") is None
    assert await load("2030-01-01", "a") is None
    assert await load("2030-01-02", "a") == 1
    assert await load("2030-01-03", "c") == 1
    assert await names(registry) == ["c"]


async def test_a_given_table_stays_until_a_later_one_comes_with_a_version(
    registry: Registry,
) -> None:
    given = made("2030-01-01", "mine", is_packaged=False)
    await registry.run(lambda c: models.load(c, given, anyway=True))
    same_day = await registry.run(lambda c: models.load(c, made("2030-01-01", "theirs")))
    later = await registry.run(lambda c: models.load(c, made("2030-01-02", "theirs")))

    assert (same_day, later) == (None, 1)


async def test_loading_leaves_projects_models_and_known_ids_alone(
    registry: Registry, project_id: str
) -> None:
    own = await registry.run(lambda c: models.create(c, project_id, fields("own"), 10))
    await registry.run(lambda c: models.load(c, made("2030-01-01", "a")))
    before = (await registry.run(lambda c: models.search(c, "none", "a", 1)))[0]
    await registry.run(lambda c: c.execute(update(table).values(created_ms=1)))
    await registry.run(lambda c: models.load(c, made("2030-01-02", "a", "b")))
    after = (await registry.run(lambda c: models.search(c, "none", "a", 1)))[0]

    assert await names(registry, project_id) == ["own", "a", "b"]
    assert (after.id, after.created_ms) == (before.id, 1)
    assert (await registry.run(lambda c: models.find(c, project_id, own.id))).tiers[0]["id"] == (
        f"{own.id}_tier_default"
    )


async def test_the_copy_for_flushes_follows_each_change(
    registry: Registry, project_id: str
) -> None:
    made_ = await registry.run(lambda c: models.create(c, project_id, fields("own"), 10))
    await registry.refresh_snapshots()
    versions = [registry.snapshot_version(name) for name in ("models", "shared_models")]
    assert [row["name"] for row in registry.snapshot("models")] == ["own"]
    await registry.run(lambda c: models.remove(c, project_id, made_.id))
    await registry.run(lambda c: models.load(c, made("2030-01-01", "a")))
    await registry.refresh_snapshots()

    assert registry.snapshot("models") == []
    assert [row["name"] for row in registry.snapshot("shared_models")] == ["a"]
    after = [registry.snapshot_version(name) for name in ("models", "shared_models")]
    assert [new - old for new, old in zip(after, versions, strict=True)] == [1, 1]


async def test_a_name_is_taken_once_per_project(registry: Registry, project_id: str) -> None:
    await registry.run(lambda c: models.create(c, project_id, fields("own"), 10))
    with pytest.raises(InvalidRequest, match="Model name 'own' already exists in project"):
        await registry.run(lambda c: models.create(c, project_id, fields("own"), 10))
    with pytest.raises(models.TooManyModels):
        await registry.run(lambda c: models.create(c, project_id, fields("more"), 1))


async def test_models_of_others_are_neither_seen_nor_deleted(
    registry: Registry, project_id: str
) -> None:
    own = await registry.run(lambda c: models.create(c, project_id, fields("own"), 10))
    shared = (await registry.run(lambda c: models.search(c, project_id, "gpt-4o-mini", 1)))[0]
    with pytest.raises(NotFound):
        await registry.run(lambda c: models.find(c, "another", own.id))
    for owner, model_id in (("another", own.id), (project_id, shared.id), (project_id, "nope")):
        with pytest.raises(NotFound, match="You cannot delete built-in models"):
            await registry.run(lambda c, o=owner, m=model_id: models.remove(c, o, m))  # type: ignore[misc]


async def test_a_restart_loads_nothing_again(
    registry_settings: Settings, registry: Registry
) -> None:
    await registry.run(lambda c: c.execute(update(table).values(source="a mark")))
    second = await Registry.open(registry_settings)
    await second.until_prepared()
    found = await second.run(lambda c: models.search(c, "none", "gpt-4o-mini", 1))
    await second.close()

    assert found[0].source == "a mark"
