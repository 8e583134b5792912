"""Who may do what: a role in the organisation, which a project may override."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from collector.registry.identifiers import now_ms
from collector.registry.known import Project
from collector.registry.projects import from_row
from collector.registry.roles import Role
from collector.registry.schema import memberships, organisations, project_memberships, projects


@dataclass(frozen=True)
class ProjectRole:
    """A project someone may enter, and as what."""

    project: Project
    role: Role


async def set_role(
    connection: AsyncConnection, organisation_id: str, user_id: str, role: Role
) -> None:
    """Makes the user a member with this role, or gives a member a new one."""
    owner = (memberships.c.organisation_id == organisation_id) & (memberships.c.user_id == user_id)
    await connection.execute(delete(memberships).where(owner))
    row = {"organisation_id": organisation_id, "user_id": user_id, "role": role}
    await connection.execute(insert(memberships).values({**row, **_moments()}))


async def set_project_role(
    connection: AsyncConnection, project_id: str, user_id: str, role: Role | None
) -> None:
    """Overrides the organisation's role in one project; None ends the override."""
    table = project_memberships
    chosen = (table.c.project_id == project_id) & (table.c.user_id == user_id)
    await connection.execute(delete(table).where(chosen))
    if role is not None:
        row = {"project_id": project_id, "user_id": user_id, "role": role}
        await connection.execute(insert(table).values({**row, **_moments()}))


async def role_in(connection: AsyncConnection, user_id: str, project_id: str) -> Role:
    """The user's role in a project; NONE for strangers and for deleted projects."""
    query = _roles(user_id).where(projects.c.id == project_id)
    row = (await connection.execute(query)).first()
    return "NONE" if row is None or row.role is None else cast("Role", row.role)


async def projects_of(connection: AsyncConnection, user_id: str) -> list[ProjectRole]:
    """What the user may enter, by organisation and name."""
    query = _roles(user_id).order_by(organisations.c.name, projects.c.name)
    rows = await connection.execute(query)
    return [ProjectRole(from_row(row), row.role) for row in rows if row.role not in (None, "NONE")]


def _roles(user_id: str) -> Select[Any]:
    here, above = project_memberships, memberships
    return (
        select(
            projects,
            organisations.c.name.label("organisation_name"),
            func.coalesce(here.c.role, above.c.role).label("role"),
        )
        .join(organisations, organisations.c.id == projects.c.organisation_id)
        .outerjoin(
            above,
            (above.c.organisation_id == projects.c.organisation_id) & (above.c.user_id == user_id),
        )
        .outerjoin(here, (here.c.project_id == projects.c.id) & (here.c.user_id == user_id))
        .where(projects.c.deleted_ms.is_(None))
    )


def _moments() -> dict[str, int]:
    now = now_ms()
    return {"created_ms": now, "updated_ms": now}
