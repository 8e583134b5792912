"""`/api/public/projects`: what the SDKs ask to check their keys."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from collector.api.access import OrganizationAccess, ProjectsAccess, project_of
from collector.api.answers import JSONAnswer
from collector.api.shapes.values import iso_time

if TYPE_CHECKING:
    from collector.registry.known import Project

router = APIRouter()


@router.get("/api/public/projects")
async def list_projects(request: Request, access: ProjectsAccess) -> JSONAnswer:
    """The one project of the key."""
    project = await request.app.state.services.registry.project(project_of(access))
    return JSONAnswer({"data": [_shape(project)]})


def _shape(project: "Project") -> dict[str, object]:
    item: dict[str, object] = {
        "id": project.id,
        "name": project.name,
        "organization": {"id": project.organisation_id, "name": project.organisation_name},
        "metadata": project.metadata,
    }
    if project.retention_days:
        item["retentionDays"] = project.retention_days
    return item


@router.get("/api/public/organizations/projects")
async def list_organization_projects(request: Request, access: OrganizationAccess) -> JSONAnswer:
    """All projects of the key's organisation."""
    # Imported here: it brings SQLAlchemy, a second of the start.
    from collector.registry import projects

    organization_id = access.organization_id
    found = await request.app.state.services.registry.run(
        lambda connection: projects.every(connection, organization_id)
    )
    return JSONAnswer({"projects": [_listed(project) for project in found]})


def _listed(project: "Project") -> dict[str, object]:
    return {
        "id": project.id,
        "name": project.name,
        "metadata": project.metadata,
        "createdAt": iso_time(project.created_ms),
        "updatedAt": iso_time(project.updated_ms),
    }
