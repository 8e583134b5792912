"""The only wiring: parts opened in the order in which they can serve, routes, middleware, pages."""

import asyncio
import importlib.util
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import FastAPI

from collector import __version__
from collector.api import (
    dataset_items,
    dataset_run_items,
    datasets,
    faults,
    ingestion,
    legacy,
    media,
    models,
    observations,
    operations,
    otel,
    projects,
    prompts,
    score_configs,
    score_writes,
    scores,
    sessions,
    traces,
)
from collector.api.budget import Budget
from collector.api.middleware.cors import PublicCors
from collector.api.middleware.observation import Observed
from collector.api.middleware.paths import CleanPaths
from collector.api.middleware.proxies import TrustedProxies
from collector.generated_secrets import with_secrets
from collector.knowledge import knowledge_of
from collector.media.addresses import Signer
from collector.media.moving import Mover
from collector.media.store import MediaStore
from collector.registry.registry import Registry
from collector.rejections import Rejections
from collector.services import Services
from collector.settings import Settings
from collector.telemetry.store import Store

log = logging.getLogger("understudy.app")

_ROUTERS = (
    ingestion.router,
    otel.router,
    score_writes.router,
    models.router,
    traces.router,
    observations.router,
    scores.router,
    score_configs.router,
    prompts.router,
    datasets.router,
    dataset_items.router,
    dataset_run_items.router,
    sessions.router,
    projects.router,
    operations.router,
    legacy.router,
    media.router,
)


def build(settings: Settings) -> FastAPI:
    """The application; nothing is opened before its lifespan begins."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.services = await _open(settings, stack)
            yield
            app.state.services.closing = True

    app = FastAPI(
        title="Understudy",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    for router in _ROUTERS:
        app.router.routes.extend(router.routes)
    faults.install(app)
    _surround(app, settings)
    if importlib.util.find_spec("web.app") is not None:
        from web.app import mount

        mount(app)
    return app


def _surround(app: FastAPI, settings: Settings) -> None:
    """Innermost first."""
    budget = Budget(settings.requests_in_flight_bytes_max, settings.requests_in_flight_wait_seconds)
    app.add_middleware(PublicCors)
    app.add_middleware(CleanPaths, base_path=settings.base_path)
    app.add_middleware(TrustedProxies, networks=settings.trusted_proxies)
    app.add_middleware(Observed, budget=budget, version=__version__)


async def _open(settings: Settings, stack: AsyncExitStack) -> Services:
    """Journal and mirror first, so that events are taken at once; replay goes on behind."""
    settings = await asyncio.to_thread(with_secrets, settings)
    registry = Registry(settings)
    stack.push_async_callback(registry.close)
    rejections = Rejections(settings, registry)
    stack.push_async_callback(rejections.close)
    knowledge = knowledge_of(registry, settings)
    store = await asyncio.to_thread(Store, settings, knowledge, rejections.note)
    stack.push_async_callback(asyncio.to_thread, store.close)
    kept = await asyncio.to_thread(MediaStore, settings)
    stack.push_async_callback(asyncio.to_thread, kept.close)
    await registry.start()
    rejections.start()
    mover = Mover(kept, partial(media.record, registry), settings.media_retry_seconds_max)
    mover.start()
    stack.push_async_callback(mover.close)
    signer = Signer(settings.nextauth_secret or "", settings.media_url_seconds)
    services = Services(settings, store, registry, rejections, kept, mover, signer)
    starting = asyncio.create_task(_start(services))
    stack.push_async_callback(asyncio.wait, [starting])
    return services


async def _start(services: Services) -> None:
    """Events are kept in the journal meanwhile, and also if the files cannot be opened."""
    try:
        await asyncio.to_thread(services.store.start)
    except Exception as error:
        services.fault = f"the trace store cannot be opened: {error}"
        log.exception("the trace store cannot be opened; events go to the journal only")
