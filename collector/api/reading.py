"""What every read begins with: the project of the key, and all its acknowledged writes visible."""

from dataclasses import dataclass

from starlette.requests import Request

from collector.api.access import project_of
from collector.registry.access import Access
from collector.telemetry.reads import Reads


@dataclass(frozen=True, slots=True)
class Reading:
    """The reads of the store, and the only project they may ask for."""

    reads: Reads
    project_id: str


async def reading(request: Request, access: Access) -> Reading:
    """Raises Unavailable before the store is open, or if earlier writes take long to be seen."""
    services = request.app.state.services
    project_id = project_of(access)
    reads = services.reads
    await services.store.visible(project_id)
    # The outermost layer tells the client what its answer lacks.
    request.scope["missing_files"] = reads.missing
    return Reading(reads, project_id)
