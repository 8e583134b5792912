"""Ways in: the first project, a trace by its id alone, addresses that SDKs print."""

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from collector.errors import NotFound
from web.access import ForMembers, ForViewers, services_of
from web.addresses import path_below
from web.answers import page, see_other
from web.reading import is_behind
from web.routes import PageRoute

router = APIRouter(route_class=PageRoute)


@router.get("/")
async def go_home(request: Request, viewer: ForViewers) -> Response:
    """The traces of the first project."""
    if not viewer.projects:
        return page(request, "homeless.html", {})
    return see_other(request, path_below("", "project", viewer.projects[0].id, "traces"))


@router.get("/trace/{trace_id:path}")
async def find_trace(request: Request, viewer: ForViewers, trace_id: str) -> Response:
    """The trace in whichever of the viewer's projects has it; old SDKs print such links."""
    services = services_of(request)
    await asyncio.gather(*(is_behind(request, project.id) for project in viewer.projects))
    found = await asyncio.gather(
        *(services.reads.trace(project.id, trace_id, with_io=False) for project in viewer.projects)
    )
    having = [
        project for project, trace in zip(viewer.projects, found, strict=True) if trace is not None
    ]
    if not having:
        raise NotFound(f"None of your projects has a trace {trace_id}")
    return see_other(request, path_below("", "project", having[0].id, "traces", trace_id))


@router.get("/project/{project_id}")
async def enter_project(request: Request, project: ForMembers) -> Response:
    """A project begins with its traces."""
    return see_other(request, path_below("", "project", project.id, "traces"))


@router.get("/project/{project_id}/sessions/{session_id:path}")
async def show_session(request: Request, project: ForMembers, session_id: str) -> Response:
    """The traces of a session."""
    path = path_below("", "project", project.id, "traces", session=session_id)
    return see_other(request, path)


@router.get("/project/{project_id}/users/{user_id:path}")
async def show_user(request: Request, project: ForMembers, user_id: str) -> Response:
    """The traces of a user."""
    return see_other(request, path_below("", "project", project.id, "traces", user=user_id))


@router.get("/project/{project_id}/{rest:path}")
async def miss(request: Request, project: ForMembers, rest: str) -> Response:  # noqa: ARG001
    """Pages of Langfuse that do not exist here: a 404 in house style."""
    raise NotFound(f"{project.name} has no page /{rest}")
