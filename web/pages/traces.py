"""The list of traces, its filters, and the bar that tells of new ones."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from collector.telemetry.conditions import Condition
from web.access import ForMembers, services_of
from web.answers import page, secured
from web.pages.setup import setup_view
from web.pages.trace import show_trace
from web.ranges import RANGES, Range, read_range
from web.reading import PAGE_ROWS, is_behind, page_facts, page_number, within
from web.routes import PageRoute

router = APIRouter(route_class=PageRoute)

# Parameter to label, column and operator.
_FILTERS: Final = {
    "name": ("name", "name", "contains"),
    "user": ("user", "user_id", "="),
    "session": ("session", "session_id", "="),
    "tag": ("tag", "tags", "any of"),
    "environment": ("environment", "environment", "="),
}
# Traces that an SDK made up for one guardrail event each: those are listed on a page of their own.
_LONE: Final = "lone"
_COLUMNS: Final = (
    *("id", "timestamp_ms", "name", "user_id", "session_id", "environment", "tags", "level"),
    *("input_preview", "output_preview", "latency_list_ms", "total_cost", "total_tokens"),
    *("input_tokens", "output_tokens", "error_count", "warning_count"),
    "estimated_count",
)


def read_filters(params: Mapping[str, str]) -> dict[str, str]:
    """Every filter by its parameter, empty where not given."""
    filters = {name: params.get(name, "").strip() for name in _FILTERS}
    return filters | {_LONE: "1" if params.get(_LONE) else ""}


def conditions(filters: Mapping[str, str], range_: Range) -> list[Condition]:
    """What the store is asked."""
    asked = [
        Condition(column, operator, [filters[name]] if operator == "any of" else filters[name])
        for name, (_, column, operator) in _FILTERS.items()
        if filters[name]
    ]
    if not filters[_LONE]:
        asked.append(Condition("synthetic", "=", False))
    return asked + within("timestamp_ms", range_)


def chips(filters: Mapping[str, str], range_: Range) -> list[dict[str, str]]:
    """The filters in force, in words; the range last, for it is what most often hides things."""
    shown = [
        {"key": name, "label": label, "value": filters[name]}
        for name, (label, _, _) in _FILTERS.items()
        if filters[name]
    ]
    if filters[_LONE]:
        shown.append({"key": _LONE, "label": "with", "value": "lone guardrail events"})
    if range_.name != "all":
        shown.append({"key": "range", "label": "range", "value": range_.label})
    return shown


def list_view(
    rows: list[dict[str, Any]], total: int, filters: Mapping[str, str], range_: Range, page_: int
) -> dict[str, Any]:
    """The view of one page of the list. Pure."""
    active = chips(filters, range_)
    kept = [{name: row.get(name) for name in _COLUMNS} for row in rows]
    return {
        "rows": kept,
        "filters": {**filters, "range": range_.name},
        "chips": active,
        "is_filtered": bool(active),
        "is_empty": False,
        "lone_total": 0,
        "ranges": [(name, label) for name, (label, _) in RANGES.items()],
        "newest_ms": max((row["timestamp_ms"] for row in rows), default=0),
        "new_params": {
            chip["key"]: filters[chip["key"]] for chip in active if chip["key"] in filters
        },
        **page_facts(page_, rows, total),
    }


@router.get("/project/{project_id}/traces")
async def list_traces(request: Request, project: ForMembers) -> Response:
    """Newest first; with no trace at all, how to send one."""
    services = services_of(request)
    behind = await is_behind(request, project.id)
    filters = read_filters(request.query_params)
    range_ = read_range(request.query_params.get("range"), "all")
    number = page_number(request.query_params.get("page"))
    found = await services.reads.traces(
        project.id,
        conditions(filters, range_),
        page=number,
        limit=PAGE_ROWS,
        parts=frozenset({"metrics"}),
    )
    view = list_view(found.rows, found.total, filters, range_, number)
    view["behind"] = behind
    if not found.rows and not view["is_filtered"] and number == 1:
        lone = await services.reads.traces(project.id, [], page=1, limit=1, parts=frozenset())
        view["lone_total"] = lone.total
        if not lone.total:
            view |= await setup_view(request, project) | {"is_empty": True}
    return page(request, "traces.html", view)


@router.get("/project/{project_id}/traces/new")
async def count_new(request: Request, project: ForMembers) -> Response:
    """204, or a line telling how many came since. A poll never hurries the writer."""
    after = request.query_params.get("after")
    if after is None:
        return await show_trace(request, project, "new")
    filters = read_filters(request.query_params)
    since = int(after) if after.isascii() and after.isdigit() and len(after) < 16 else 0
    asked = [*conditions(filters, read_range("all", "all")), Condition("timestamp_ms", ">", since)]
    found = await services_of(request).reads.traces(
        project.id, asked, page=1, limit=1, parts=frozenset()
    )
    if not found.total:
        return secured(Response(status_code=204, headers={"Cache-Control": "no-store"}))
    params = {name: value for name, value in filters.items() if value}
    return page(request, "parts/_new_traces.html", {"count": found.total, "new_params": params})
