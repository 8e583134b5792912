"""What a command opens when no service runs: the registry alone, or everything."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from collector.commands.first_run import announcement
from collector.settings import Settings

if TYPE_CHECKING:
    from collector.registry.database import Database
    from collector.registry.registry import Registry
    from collector.services import Services


@asynccontextmanager
async def opened_registry(settings: Settings) -> AsyncIterator["Registry"]:
    """The registry, migrated; what a first start makes up is told on standard error."""
    from collector.registry.registry import Registry

    registry = await Registry.open(settings)
    try:
        await registry.check()
        if registry.first_run is not None:
            sys.stderr.write(announcement(registry.first_run))
        yield registry
    finally:
        await registry.close()


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator["Database"]:
    """The registry's tables as they are."""
    from collector.registry.database import Database

    database = Database(settings)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def opened_services(settings: Settings) -> AsyncIterator["Services"]:
    """Everything that `serve` opens, without listening."""
    from collector.app import build

    app = build(settings)
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        await services.registry.check()
        if services.registry.first_run is not None:
            sys.stderr.write(announcement(services.registry.first_run))
        yield services
