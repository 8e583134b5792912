"""The copy of prompt versions that flushes look ids up in."""

from pathlib import Path

import pytest
from sqlalchemy import insert

from collector import metrics
from collector.knowledge import knowledge_of
from collector.registry import projects, prompt_lists, prompts
from collector.registry.mirror import Mirror
from collector.registry.prompt_rules import Limits, NewPrompt
from collector.registry.registry import Registry
from collector.registry.schema import prompt_versions
from collector.registry.schema import prompts as table
from collector.registry.snapshots import Snapshots
from collector.settings import Settings

LIMITS = Limits(
    prompts_max=9, versions_max=50, labels_max=9, references_max=9, resolved_bytes_max=99
)


async def add(registry: Registry, project_id: str, name: str = "p") -> str:
    new = NewPrompt(name=name, type="text", body="b", config={})
    made = await registry.run(lambda c: prompts.create(c, project_id, new, LIMITS))
    return made.id


async def test_each_version_is_found_by_its_number(registry: Registry, project_id: str) -> None:
    ids = [await add(registry, project_id) for _ in range(12)]
    other = await add(registry, project_id, "1:x")
    await registry.refresh_snapshots()
    prompt_id = knowledge_of(registry, Settings()).prompt_id

    assert [prompt_id(project_id, "p", number) for number in range(1, 13)] == ids
    assert prompt_id(project_id, "1:x", 1) == other
    for wrong in ((project_id, "p", 13), (project_id, "p", 0), (project_id, "q", 1)):
        assert prompt_id(*wrong) is None
    assert prompt_id("default-project", "p", 1) is None


async def test_what_is_deleted_is_not_found(registry: Registry, project_id: str) -> None:
    await add(registry, project_id)
    second = await add(registry, project_id)
    await registry.run(lambda c: prompts.remove(c, project_id, "p", 1))
    await registry.refresh_snapshots()
    prompt_id = knowledge_of(registry, Settings()).prompt_id
    assert (prompt_id(project_id, "p", 1), prompt_id(project_id, "p", 2)) == (None, second)

    await registry.run(lambda c: projects.delete(c, project_id))
    await registry.refresh_snapshots()
    assert prompt_id(project_id, "p", 2) is None


async def test_an_unchanged_registry_has_an_unchanged_copy(
    registry: Registry, project_id: str
) -> None:
    for _ in range(12):
        await add(registry, project_id)
    await registry.refresh_snapshots()
    version = registry.snapshot_version("prompts")
    await registry.refresh_snapshots()

    assert registry.snapshot_version("prompts") == version
    assert len(registry.snapshot("prompts")) == 1


async def test_a_restart_has_the_last_copy(
    registry: Registry, project_id: str, tmp_path: Path
) -> None:
    await add(registry, project_id)
    await registry.refresh_snapshots()
    mirror = Mirror(tmp_path / "another.sqlite")
    mirror.keep("prompts", registry.snapshot("prompts"))

    assert Snapshots(mirror).rows("prompts") == registry.snapshot("prompts")
    mirror.close()


async def test_the_newest_of_many_are_kept(
    registry: Registry, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt_lists, "KNOWN_VERSIONS_MAX", 3)
    rows = [
        {
            "id": f"v{number}",
            "prompt_id": "one",
            "version": number,
            "created_ms": number,
            "updated_ms": number,
            "created_by": "API",
            "config": "{}",
            "body": '"b"',
        }
        for number in range(1, 6)
    ]
    name = {"id": "one", "project_id": project_id, "name": "p", "type": "text"}
    await registry.run(lambda c: c.execute(insert(table).values(name)))
    await registry.run(lambda c: c.execute(insert(prompt_versions), rows))
    counter = metrics.LIMIT_HITS.labels("prompt_versions_known_max")
    before = counter._value.get()
    await registry.refresh_snapshots()

    assert [row["versions"] for row in registry.snapshot("prompts")] == ["3:v3 4:v4 5:v5"]
    assert counter._value.get() == before + 1
