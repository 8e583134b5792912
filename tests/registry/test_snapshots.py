"""What flushes ask of the registry is copied: into memory, onto the disk, and anew when changed."""

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from collector.errors import Unavailable
from collector.knowledge import knowledge_of
from collector.records.scores import UNKNOWN_YET
from collector.registry import projects
from collector.registry.identifiers import now_ms
from collector.registry.mirror import Mirror
from collector.registry.registry import Registry
from collector.registry.schema import score_configs
from collector.registry.snapshots import Snapshots
from collector.settings import Settings
from tests.registry.waiting import soon
from tests.servers.postgres import Postgres


async def add_config(registry: Registry, project_id: str, config_id: str, **values: Any) -> None:
    row = {
        "id": config_id,
        "project_id": project_id,
        "name": "quality",
        "data_type": "NUMERIC",
        "is_archived": False,
        "created_ms": now_ms(),
        "updated_ms": now_ms(),
        **values,
    }
    await registry.run(lambda c: c.execute(insert(score_configs).values(row)))


async def test_a_new_registry_has_an_empty_copy_at_once(registry: Registry) -> None:
    assert registry.snapshot("score_configs") == []
    assert registry.snapshot_version("score_configs") == 1


async def test_a_change_counts_once_the_copy_was_asked_for(
    registry: Registry, project_id: str
) -> None:
    categories = '[{"label":"good","value":1}]'
    await add_config(registry, project_id, "a", min_value=0.5, categories=categories)
    before = registry.snapshot("score_configs")
    await registry.refresh_snapshots()

    assert before == []
    assert registry.snapshot("score_configs") == [
        {
            "id": "a",
            "project_id": project_id,
            "name": "quality",
            "data_type": "NUMERIC",
            "is_archived": False,
            "min_value": 0.5,
            "max_value": None,
            "categories": [{"label": "good", "value": 1}],
        }
    ]


async def test_the_version_grows_with_the_content_only(registry: Registry, project_id: str) -> None:
    versions = [registry.snapshot_version("score_configs")]
    for config_id in ("a", None, "b"):
        if config_id:
            await add_config(registry, project_id, config_id)
        await registry.refresh_snapshots()
        versions.append(registry.snapshot_version("score_configs"))

    assert versions == [1, 2, 2, 3]


async def test_a_copy_is_written_only_when_it_changed(registry: Registry, project_id: str) -> None:
    await add_config(registry, project_id, "a")
    await registry.refresh_snapshots()
    registry.mirror.keep("score_configs", "a mark")
    await registry.refresh_snapshots()
    untouched = registry.mirror.kept("score_configs")
    await add_config(registry, project_id, "b")
    await registry.refresh_snapshots()
    renewed = registry.mirror.kept("score_configs")

    assert untouched is not None
    assert untouched.value == "a mark"
    assert renewed is not None
    assert [row["id"] for row in renewed.value] == ["a", "b"]


async def test_configs_of_a_deleted_project_are_left_out(
    registry: Registry, project_id: str
) -> None:
    await add_config(registry, project_id, "a")
    await registry.run(lambda c: projects.delete(c, project_id))
    await registry.refresh_snapshots()

    assert registry.snapshot("score_configs") == []


async def test_what_somebody_else_changed_is_seen_within_the_period(
    registry_settings: Settings,
) -> None:
    often = dataclasses.replace(
        registry_settings, knowledge_refresh_seconds=0.1, init_org_id="org", init_project_id="one"
    )
    registry = await Registry.open(often)
    await add_config(registry, "one", "a")
    await soon(lambda: registry.snapshot_version("score_configs") == 2)
    await registry.close()


async def test_a_restart_without_postgresql_has_the_last_copy(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=own_postgres.url,
        salt="salt",
        registry_timeout_seconds=1.0,
        knowledge_refresh_seconds=0.1,
        init_org_id="org",
        init_project_id="one",
    )
    registry = await Registry.open(settings)
    await add_config(registry, "one", "a")
    await registry.refresh_snapshots()
    await registry.close()
    own_postgres.stop()
    registry = await Registry.open(settings)
    known = knowledge_of(registry, Settings()).score_config("one", "a")
    with pytest.raises(Unavailable):
        await registry.refresh_snapshots()
    own_postgres.start()
    await soon(lambda: registry.prepared)
    await registry.run(lambda c: c.execute(update(score_configs).values(name="depth")))
    await soon(lambda: registry.snapshot("score_configs")[0]["name"] == "depth")
    await registry.close()

    assert known is not None
    assert known["name"] == "quality"


async def test_postgresql_that_goes_away_leaves_the_copy(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=own_postgres.url,
        salt="salt",
        registry_timeout_seconds=1.0,
        init_org_id="org",
        init_project_id="one",
    )
    registry = await Registry.open(settings)
    await add_config(registry, "one", "a")
    await registry.refresh_snapshots()
    own_postgres.stop("immediate")
    with pytest.raises(Unavailable):
        await registry.refresh_snapshots()
    known = registry.snapshot("score_configs")
    await registry.close()

    assert [row["id"] for row in known] == ["a"]


async def test_an_answer_asked_for_earlier_never_comes_last(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "mirror.sqlite")
    snapshots = Snapshots(mirror)
    first_may_end = asyncio.Event()

    async def first() -> dict[str, list[dict[str, Any]]]:
        await first_may_end.wait()
        return {"score_configs": [{"id": "old"}]}

    async def second() -> dict[str, list[dict[str, Any]]]:
        return {"score_configs": [{"id": "new"}]}

    both = asyncio.gather(snapshots.refresh(first), snapshots.refresh(second))
    await asyncio.sleep(0)
    first_may_end.set()
    await both
    mirror.close()

    assert snapshots.rows("score_configs") == [{"id": "new"}]


async def test_a_copy_the_disk_refused_is_written_by_the_next_refresh(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "mirror.sqlite")
    snapshots = Snapshots(mirror)

    async def found() -> dict[str, list[dict[str, Any]]]:
        return {"score_configs": [{"id": "a"}]}

    mirror._connection.execute("pragma query_only = on")
    with pytest.raises(Unavailable):
        await snapshots.refresh(found)
    meanwhile = snapshots.rows("score_configs")
    mirror._connection.execute("pragma query_only = off")
    await snapshots.refresh(found)
    kept = mirror.kept("score_configs")
    mirror.close()

    assert meanwhile == [{"id": "a"}]
    assert kept is not None
    assert kept.value == [{"id": "a"}]


async def test_knowledge_follows_the_copies(registry: Registry, project_id: str) -> None:
    knowledge = knowledge_of(registry, Settings())
    before = knowledge.score_config(project_id, "a")
    await add_config(registry, project_id, "a")
    await registry.refresh_snapshots()
    found = knowledge.score_config(project_id, "a")

    assert before is None
    assert found is not None
    assert found["data_type"] == "NUMERIC"
    assert knowledge.score_config("another project", "a") is None


async def test_before_the_first_copy_every_config_is_unknown_yet(
    registry_settings: Settings,
) -> None:
    registry = Registry(registry_settings)
    knowledge = knowledge_of(registry, Settings())
    before = knowledge.score_config("p", "a")
    await registry.start()
    after = knowledge.score_config("p", "a")
    await registry.close()

    assert before is UNKNOWN_YET
    assert after is None
