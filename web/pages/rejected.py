"""What was refused: events with their reason, at the door or by the flush."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.access import ForMembers, services_of
from web.answers import page
from web.reading import PAGE_ROWS, is_behind, page_facts, page_number
from web.routes import PageRoute

if TYPE_CHECKING:
    from collector.registry.rejected_events import RejectedEvent

router = APIRouter(route_class=PageRoute)


def rejected_view(events: "list[RejectedEvent]", total: int, page_: int) -> dict[str, Any]:
    """One page of events. Pure."""
    rows = [asdict(event) for event in events]
    for row in rows:
        del row["project_id"]
    return {"rows": rows, **page_facts(page_, rows, total)}


@router.get("/project/{project_id}/rejected")
async def list_rejected_events(request: Request, project: ForMembers) -> Response:
    """Newest first, as many and as old as the settings keep."""
    behind = await is_behind(request, project.id)
    number = page_number(request.query_params.get("page"))
    services = services_of(request)
    events, total = await services.rejections.page(project.id, number, PAGE_ROWS)
    kept = {
        "events_max": services.settings.rejected_events_max,
        "days_max": services.settings.rejected_events_days_max,
    }
    view = rejected_view(events, total, number) | {"behind": behind, "kept": kept}
    return page(request, "rejected.html", view)
