"""Adds the pages to the application."""

from fastapi import APIRouter, Depends, FastAPI

from web.access import for_everyone
from web.assets import static_file
from web.pages import (
    costs,
    datasets,
    guardrails,
    home,
    login,
    models,
    prompts,
    rejected,
    setup,
    trace,
    traces,
)
from web.routes import PageRoute

_static = APIRouter(route_class=PageRoute, dependencies=[Depends(for_everyone)])
_static.add_api_route("/static/{path:path}", static_file, methods=["GET"])

# The order decides: home ends with a path that takes whatever no page has taken.
_ROUTERS = (
    _static,
    login.router,
    traces.router,
    trace.router,
    costs.router,
    models.router,
    guardrails.router,
    datasets.router,
    rejected.router,
    prompts.router,
    setup.router,
    home.router,
)


def mount(app: FastAPI) -> None:
    """Routes only; what they need is asked of `app.state.services` with each request."""
    for router in _ROUTERS:
        app.router.routes.extend(router.routes)
