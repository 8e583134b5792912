"""Who may call a route: each declares its permission through exactly one dependency of this file.

A dependency carries the name of its permission, which a test demands of every route.
"""

import hmac
import ipaddress
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from collector import logs
from collector.errors import Forbidden, Unauthorized
from collector.registry.access import Access
from collector.settings import Settings

_TOO_LITTLE = "Access denied - insufficient permissions for this endpoint"
_ORGANIZATION_ONLY = "Invalid API key. Organization-scoped API key required for this operation."
_PROJECT_ONLY = "Invalid API key. Are you using an organization key?"

__all__ = [
    "Access",
    "IngestionAccess",
    "OrganizationAccess",
    "ProjectAccess",
    "ProjectsAccess",
    "Public",
    "ScoresAccess",
    "metrics_access",
    "permission",
    "project_of",
]

Dependency = TypeVar("Dependency", bound=Callable[..., object])


class IngestionRefused(Unauthorized):
    """A 401 whose body has both keys, as the ingestion doors answer."""


class OrganizationKeyMissing(Forbidden):
    """A 403 with the sentence under `error`, as the organisation routes answer."""


def permission(name: str) -> Callable[[Dependency], Dependency]:
    """Marks a dependency as the declaration of the permission `name`."""

    def mark(dependency: Dependency) -> Dependency:
        dependency.permission = name  # type: ignore[attr-defined]
        return dependency

    return mark


@permission("public")
async def public() -> None:
    """Anybody."""


@permission("project")
async def project_access(request: Request) -> Access:
    """A project's key pair. Raises Unauthorized or Forbidden."""
    access = await _authenticate(request)
    if access.level != "project":
        raise Forbidden(_TOO_LITTLE)
    return access


@permission("projects")
async def projects_access(request: Request) -> Access:
    """A project's key pair, where organisation keys get a hint of their own."""
    access = await _authenticate(request)
    if access.level == "organization":
        raise Forbidden(_PROJECT_ONLY)
    if access.level != "project":
        raise Forbidden(_TOO_LITTLE)
    return access


@permission("scores")
async def scores_access(request: Request) -> Access:
    """A project's key pair or its public key alone."""
    access = await _authenticate(request)
    if access.project_id is None:
        raise Forbidden(_TOO_LITTLE)
    return access


@permission("ingestion")
async def ingestion_access(request: Request) -> Access:
    """As `scores_access`; each event is checked against the level later."""
    try:
        access = await _authenticate(request)
    except Unauthorized as refusal:
        raise IngestionRefused(refusal.message) from refusal
    if access.project_id is None:
        message = "Project ID is missing: this is an organization key, use a project's key"
        raise IngestionRefused(message)
    return access


@permission("organization")
async def organization_access(request: Request) -> Access:
    """An organisation's key."""
    access = await _authenticate(request)
    if access.level != "organization":
        raise OrganizationKeyMissing(_ORGANIZATION_ONLY)
    return access


@permission("metrics")
async def metrics_access(request: Request) -> None:
    """The metrics token, or an address of the allowed networks."""
    settings: Settings = request.app.state.services.settings
    token = settings.metrics_token
    sent = request.headers.get("authorization", "")
    if token and hmac.compare_digest(sent.encode(), f"Bearer {token}".encode()):
        return
    if token and sent:
        raise Unauthorized("this is not the metrics token (METRICS_TOKEN)")
    if not _is_in(request.client.host if request.client else "", settings):
        message = "send the metrics token, or add your network to METRICS_ALLOWED_NETWORKS"
        raise Forbidden(message)


def _is_in(host: str, settings: Settings) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in settings.metrics_allowed_networks)


async def _authenticate(request: Request) -> Access:
    header = request.headers.get("authorization")
    access: Access = await request.app.state.services.registry.authenticate(header)
    logs.project.set(access.project_id)
    return access


def project_of(access: Access) -> str:
    """The project of an access that has one by its permission."""
    assert access.project_id is not None
    return access.project_id


Public = Depends(public)
ProjectAccess = Annotated[Access, Depends(project_access)]
ProjectsAccess = Annotated[Access, Depends(projects_access)]
ScoresAccess = Annotated[Access, Depends(scores_access)]
IngestionAccess = Annotated[Access, Depends(ingestion_access)]
OrganizationAccess = Annotated[Access, Depends(organization_access)]
