"""The project that a command means."""

from typing import TYPE_CHECKING

from collector.errors import InvalidRequest, NotFound

if TYPE_CHECKING:
    from collector.registry.registry import Registry


async def chosen_project(registry: "Registry", named: str | None) -> str:
    """The id that was named if there is such a project, or that of the only one."""
    from collector.registry import projects

    found = {project.id for project in await registry.run(projects.every)}
    if named is None and len(found) == 1:
        return found.pop()
    known = ", ".join(sorted(found)) or "none yet"
    if named is None:
        raise InvalidRequest(f"name the project with --project (there are: {known})")
    if named not in found:
        raise NotFound(f"there is no project {named} (there are: {known})")
    return named
