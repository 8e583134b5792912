"""What was spent: by model, and by day and model."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.access import ForMembers, services_of
from web.answers import page
from web.ranges import RANGES, Range, read_range
from web.reading import is_behind
from web.routes import PageRoute

router = APIRouter(route_class=PageRoute)

_SUMMED: Final = (
    "observation_count",
    "estimated_count",
    "input_tokens",
    "output_tokens",
    "total_tokens",
)


def sums(lines: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Counts are 0 where nothing is known, a cost is None."""
    lines = list(lines)
    costs = [line["total_cost"] for line in lines if line.get("total_cost") is not None]
    counted = {name: sum(line.get(name) or 0 for line in lines) for name in _SUMMED}
    return {**counted, "total_cost": sum(costs) if costs else None}


def costs_view(lines: list[dict[str, Any]], range_: Range) -> dict[str, Any]:
    """Newest day first, dearest model first. Pure."""
    by_day: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_model: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        by_day[str(line["day"])].append(line)
        by_model[line.get("model")].append(line)
    total = sums(lines)
    models = sorted(
        ({"model": model, **sums(own)} for model, own in by_model.items()), key=_dearest_first
    )
    for line in models:
        line["share"] = _share(line["total_cost"], total["total_cost"])
    return {
        "sums": total,
        "models": models,
        "unpriced": [
            line["model"]
            for line in models
            if line["model"] and line["total_tokens"] and line["total_cost"] is None
        ],
        "days": [
            {"day": day, "lines": sorted(own, key=_dearest_first), "sums": sums(own)}
            for day, own in sorted(by_day.items(), reverse=True)
        ],
        "range": {"name": range_.name, "label": range_.label},
        "ranges": [(name, label) for name, (label, _) in RANGES.items() if name != "1h"],
    }


def _dearest_first(line: dict[str, Any]) -> tuple[float, float, str]:
    return (-(line["total_cost"] or 0), -(line["total_tokens"] or 0), line["model"] or "")


def _share(part: float | None, whole: float | None) -> float:
    return round(100 * part / whole, 1) if part and whole else 0.0


@router.get("/project/{project_id}/costs")
async def show_costs(request: Request, project: ForMembers) -> Response:
    """The last 30 days unless told otherwise."""
    behind = await is_behind(request, project.id)
    range_ = read_range(request.query_params.get("range"), "30d")
    with_estimates = request.query_params.get("estimates") != "off"
    lines = await services_of(request).reads.costs_by_day(
        project.id, range_.from_ms or 0, range_.to_ms, with_estimates=with_estimates
    )
    more = {"behind": behind, "with_estimates": with_estimates}
    return page(request, "costs.html", costs_view(lines, range_) | more)
