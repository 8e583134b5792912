"""A registry on each engine, empty but for what a first start makes."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collector.registry import organisations, projects
from collector.registry.registry import Registry
from collector.settings import Settings


@pytest.fixture(params=["sqlite", "postgresql"])
def registry_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of an empty registry; every test that uses it runs once per engine."""
    settings = Settings(data_dir=tmp_path / "data", salt="salt", registry_timeout_seconds=3.0)
    if request.param == "sqlite":
        return settings
    return dataclasses.replace(settings, database_url=request.getfixturevalue("postgres_url"))


@pytest.fixture
async def registry(registry_settings: Settings) -> AsyncIterator[Registry]:
    """Open, with a first organisation, project, key pair and user."""
    registry = await Registry.open(registry_settings)
    yield registry
    await registry.close()


@pytest.fixture
async def organisation_id(registry: Registry) -> str:
    """A second organisation, without anything."""
    made = await registry.run(lambda c: organisations.create(c, "Test organisation"))
    return made.id


@pytest.fixture
async def project_id(registry: Registry, organisation_id: str) -> str:
    """A project of that organisation."""
    return await registry.run(lambda c: projects.create(c, organisation_id, "Test project"))
