"""The real application with one project, asked as a browser would: cookies and no API key."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from collector import app as wiring
from collector.errors import Unavailable
from collector.registry import organisations, projects
from collector.registry.memberships import set_role
from collector.services import Services
from collector.settings import Settings
from tests.web.reader import Reader

KEYS = ("pk-lf-anna", "sk-lf-anna")
EMAIL, PASSWORD = "anna@example.org", "a long enough password"


def make_settings(folder: Path, **more: Any) -> Settings:
    return Settings(
        data_dir=folder / "data",
        init_org_id="org-a",
        init_org_name="Organisation A",
        init_project_id="project-a",
        init_project_name="Project A",
        init_project_public_key=KEYS[0],
        init_project_secret_key=KEYS[1],
        init_user_email=EMAIL,
        init_user_name="Anna",
        init_user_password=PASSWORD,
        flush_interval_seconds=0.05,
        **more,
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[FastAPI]:
    made = wiring.build(settings)
    async with made.router.lifespan_context(made):
        await _ready(made.state.services)
        yield made


async def _ready(services: Services) -> None:
    """Until the store has opened its files; before that pages say that the service is starting."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await services.store.visible("project-a")
            except Unavailable:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def reading(app: FastAPI, base_url: str = "http://testserver") -> AsyncIterator[Reader]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as http:
        yield Reader(http, "Basic " + b64encode(":".join(KEYS).encode()).decode())


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[FastAPI]:
    """Anna owns `project-a`; `project-b` belongs to an organisation she is not in."""
    async with running(make_settings(tmp_path)) as made:
        services: Services = made.state.services
        await services.registry.run(_add_second_organisation)
        yield made


async def _add_second_organisation(connection: Any) -> None:
    await organisations.create(connection, "Organisation B", organisation_id="org-b")
    await projects.create(connection, "org-b", "Project B", project_id="project-b")


@pytest.fixture
def services(app: FastAPI) -> Services:
    found: Services = app.state.services
    return found


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[Reader]:
    """Somebody who is not logged in."""
    async with reading(app) as person:
        yield person


@pytest.fixture
async def anna(app: FastAPI, services: Services) -> AsyncIterator[Reader]:
    """The owner of `project-a`, logged in."""
    async with reading(app) as person:
        await person.has_session_of(services, EMAIL)
        yield person


@pytest.fixture
async def charlie(app: FastAPI, services: Services) -> AsyncIterator[Reader]:
    """The owner of `project-b`, logged in, a stranger to `project-a`."""
    registry = services.registry
    user = await registry.create_user("charlie@example.org", "Charlie", PASSWORD)
    await registry.run(lambda connection: set_role(connection, "org-b", user.id, "OWNER"))
    async with reading(app) as person:
        await person.has_session_of(services, user.email)
        yield person
