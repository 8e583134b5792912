"""Who asks for a page and what they may see. Every page declares one of these dependencies."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from collector.errors import NotFound, Unauthorized
from collector.registry.roles import may
from collector.services import Services
from web.addresses import root_path

_SEEING: Final = "traces:read"


@dataclass(frozen=True)
class VisibleProject:
    """A project the viewer may look into."""

    id: str
    name: str
    organisation_name: str


@dataclass(frozen=True)
class Viewer:
    """Someone logged in, with the projects they may look into, never another."""

    id: str
    email: str
    name: str
    projects: tuple[VisibleProject, ...]


def services_of(request: Request) -> Services:
    """The parts behind the pages."""
    services: Services = request.app.state.services
    return services


def cookie_name(request: Request) -> str:
    """The `__Host-` prefix keeps other hosts from planting a session; it demands https at `/`."""
    return "__Host-understudy" if _is_host_bound(request) else "understudy"


def _is_host_bound(request: Request) -> bool:
    return request.url.scheme == "https" and not root_path(request)


def session_token(request: Request) -> str | None:
    """What the browser holds, whether it is good or not."""
    return request.cookies.get(cookie_name(request))


def keep_session(request: Request, response: Response, token: str, seconds: int) -> None:
    """Gives the browser the token; scripts never see it."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=seconds,
        path=root_path(request) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def drop_session(request: Request, response: Response) -> None:
    """Takes the token away again."""
    response.delete_cookie(
        cookie_name(request),
        path=root_path(request) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


async def find_viewer(request: Request) -> Viewer | None:
    """None without a session that stands."""
    token = session_token(request)
    if not token:
        return None
    registry = services_of(request).registry
    user = await registry.user_of_session(token)
    if user is None:
        return None
    projects = tuple(
        VisibleProject(entry.project.id, entry.project.name, entry.project.organisation_name)
        for entry in await registry.projects_of(user.id)
        if may(entry.role, _SEEING)
    )
    return Viewer(user.id, user.email, user.name, projects)


async def for_everyone() -> None:
    """Declares a page that needs no login."""


async def for_viewers(request: Request) -> Viewer:
    """Declares a page for anyone logged in."""
    viewer = await find_viewer(request)
    if viewer is None:
        raise Unauthorized("Log in first")
    request.state.viewer = viewer
    return viewer


async def for_members(request: Request, project_id: str) -> VisibleProject:
    """Declares a page of a project. To strangers the project does not exist."""
    viewer = await for_viewers(request)
    for project in viewer.projects:
        if project.id == project_id:
            request.state.project = project
            return project
    raise NotFound("There is no such project, or you are not a member of it")


ForViewers = Annotated[Viewer, Depends(for_viewers)]
ForMembers = Annotated[VisibleProject, Depends(for_members)]
