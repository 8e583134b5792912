"""The real application on a fresh data folder, asked by Alice and Bob (one project) and Charlie."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from collector import app as wiring
from collector.registry import projects
from collector.registry.keys import KeyPair, Scope
from collector.services import Services
from collector.settings import Settings
from tests.api.people import Person

PAIRS = {
    name: KeyPair(f"pk-lf-{name}", f"sk-lf-{name}")
    for name in ("alice", "bob", "charlie", "olivia")
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Alice's project is made at the first start."""
    return Settings(
        data_dir=tmp_path / "data",
        init_org_id="org-a",
        init_org_name="A",
        init_project_id="project-a",
        init_project_name="Project A",
        init_project_public_key=PAIRS["alice"].public_key,
        init_project_secret_key=PAIRS["alice"].secret_key,
        flush_interval_seconds=0.05,
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """Opened and closed as the server does it."""
    made = wiring.build(settings)
    async with made.router.lifespan_context(made):
        await _add_people(made.state.services)
        while not made.state.services.store.is_ready:
            await asyncio.sleep(0.01)
        yield made


@pytest.fixture
def services(app: FastAPI) -> Services:
    """The parts behind the application."""
    found: Services = app.state.services
    return found


async def _add_people(services: Services) -> None:
    """Bob shares Alice's project, Charlie has one of his own, Olivia the organisation's key."""
    await services.registry.run(
        lambda connection: projects.create(connection, "org-a", "C", project_id="project-c")
    )
    owners = {
        "bob": Scope(project_id="project-a"),
        "charlie": Scope(project_id="project-c"),
        "olivia": Scope(organisation_id="org-a"),
    }
    for name, scope in owners.items():
        await services.registry.create_key(scope, PAIRS[name])


def _basic(pair: KeyPair) -> str:
    return "Basic " + b64encode(f"{pair.public_key}:{pair.secret_key}".encode()).decode()


@pytest.fixture
async def everybody(app: FastAPI) -> AsyncIterator[dict[str, Person]]:
    """By name; `nobody` has no key."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        people = {name: Person(client, _basic(pair)) for name, pair in PAIRS.items()}
        yield people | {"nobody": Person(client, None)}


@pytest.fixture
def client(everybody: dict[str, Person]) -> Person:
    """Alice, with the key of `project-a`."""
    return everybody["alice"]


@pytest.fixture
def bob(everybody: dict[str, Person]) -> Person:
    """Another key of Alice's project."""
    return everybody["bob"]


@pytest.fixture
def charlie(everybody: dict[str, Person]) -> Person:
    """A key of another project."""
    return everybody["charlie"]


@pytest.fixture
def olivia(everybody: dict[str, Person]) -> Person:
    """An organisation's key."""
    return everybody["olivia"]


@pytest.fixture
def nobody(everybody: dict[str, Person]) -> Person:
    """No key at all."""
    return everybody["nobody"]
