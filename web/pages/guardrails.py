"""The guardrail events: what was blocked, by what, why, and in which trace."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from collector.guardrails.owasp import owasp_ids
from web.access import ForMembers, services_of
from web.answers import page
from web.ranges import RANGES, Range, read_range
from web.reading import PAGE_ROWS, is_behind, page_facts, page_number, within
from web.routes import PageRoute

router = APIRouter(route_class=PageRoute)

OWASP_EDITION: Final = "2026"
_COLUMNS: Final = (
    *("id", "trace_id", "name", "trace_name", "start_ms", "user_id", "environment"),
    *("guard_action", "guard_stage", "guard_scanner", "guard_category", "guard_severity"),
    *("guard_score", "guard_reason", "guard_rule"),
)
_SNIPPET: Final = """\
langfuse.create_event(
    name="guardrail-blocked",
    metadata={"scanner": "llm-guard", "reason": "injection_detected"},
)"""


def guardrails_view(
    rows: list[dict[str, Any]], total: int, range_: Range, page_: int
) -> dict[str, Any]:
    """One page of events with their OWASP entries. Pure."""
    shown = [{name: row.get(name) for name in _COLUMNS} for row in rows]
    for row in shown:
        row["owasp"] = owasp_ids(row["guard_category"], OWASP_EDITION)
    return {
        "rows": shown,
        "snippet": _SNIPPET,
        "range": {"name": range_.name, "label": range_.label},
        "ranges": [(name, label) for name, (label, _) in RANGES.items()],
        **page_facts(page_, rows, total),
    }


@router.get("/project/{project_id}/guardrails")
async def list_guardrail_events(request: Request, project: ForMembers) -> Response:
    """Newest first, the last 30 days unless told otherwise."""
    behind = await is_behind(request, project.id)
    range_ = read_range(request.query_params.get("range"), "30d")
    number = page_number(request.query_params.get("page"))
    found = await services_of(request).reads.guardrail_events(
        project.id, within("start_ms", range_), page=number, limit=PAGE_ROWS
    )
    view = guardrails_view(found.rows, found.total, range_, number)
    return page(request, "guardrails.html", view | {"behind": behind})
