"""Datasets: the list, and one with its items and runs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from collector import experiment_runs
from collector.errors import Unavailable, Unprocessable
from collector.services import Services
from web.access import ForMembers, services_of
from web.answers import page
from web.reading import PAGE_ROWS, is_behind, page_facts, page_number
from web.routes import PageRoute

if TYPE_CHECKING:
    from collector.registry.dataset_rules import Dataset, Run

router = APIRouter(route_class=PageRoute)

_PREVIEW_CHARACTERS: Final = 200


def list_view(
    found: "Sequence[Dataset]",
    items: Mapping[str, int],
    runs: Mapping[str, int],
    total: int,
    page_: int,
) -> dict[str, Any]:
    """One page of datasets, with how many items and runs each has. Pure."""
    rows = [
        {
            "id": row.id,
            "name": row.name,
            "description": row.description,
            "items": items.get(row.id, 0),
            "runs": runs.get(row.id, 0),
            "updated_ms": row.updated_ms,
        }
        for row in found
    ]
    return {"rows": rows, **page_facts(page_, rows, total)}


def runs_view(
    found: "Sequence[Run]", items: Mapping[str, int], total: int, page_: int
) -> dict[str, Any]:
    """One page of runs, with how many items each has. Pure."""
    rows = [
        {
            "id": row.id,
            "name": row.name,
            "description": row.description,
            "items": items.get(row.id, 0),
            "created_ms": row.created_ms,
        }
        for row in found
    ]
    return {"rows": rows, **page_facts(page_, rows, total)}


@router.get("/project/{project_id}/datasets")
async def list_datasets(request: Request, project: ForMembers) -> Response:
    """Newest first."""
    # Imported here and below: it brings SQLAlchemy, a second of the start.
    from collector.registry import dataset_items, dataset_runs, datasets

    services = services_of(request)
    behind = await _is_behind(request, services, project.id)
    number = page_number(request.query_params.get("page"))
    bytes_max = services.settings.dataset_answer_bytes_max

    async def read(connection: Any) -> dict[str, Any]:
        found, total = await datasets.page(connection, project.id, number, PAGE_ROWS, bytes_max)
        ids = [row.id for row in found]
        items = await dataset_items.counts(connection, ids)
        runs = await dataset_runs.counts(connection, ids)
        return list_view(found, items, runs, total, number)

    view = await services.registry.run(read)
    return page(request, "datasets.html", view | {"behind": behind})


@router.get("/project/{project_id}/datasets/{name:path}")
async def show_dataset(request: Request, project: ForMembers, name: str) -> Response:
    """Its active items and its runs, each list with pages of its own."""
    from collector.registry import dataset_items, dataset_runs, datasets

    services = services_of(request)
    behind = await _is_behind(request, services, project.id)
    items_number = page_number(request.query_params.get("page"))
    runs_number = page_number(request.query_params.get("runs"))
    bytes_max = services.settings.dataset_answer_bytes_max
    names = [each for each in (name, unquote(name)) if "\0" not in each]

    async def read(connection: Any) -> dict[str, Any]:
        dataset = await datasets.find(connection, project.id, *names)
        items, items_total = await dataset_items.previews(
            connection, dataset.id, items_number, PAGE_ROWS, _PREVIEW_CHARACTERS
        )
        runs, runs_total = await dataset_runs.page(
            connection, dataset.id, runs_number, PAGE_ROWS, bytes_max
        )
        linked = await dataset_runs.item_counts(connection, project.id, [run.id for run in runs])
        return {
            "name": dataset.name,
            "id": dataset.id,
            "description": dataset.description,
            "has_schema": bool(dataset.input_schema or dataset.expected_output_schema),
            "items": {"rows": items, **page_facts(items_number, items, items_total)},
            "runs": runs_view(runs, linked, runs_total, runs_number),
        }

    view = await services.registry.run(read)
    return page(request, "dataset.html", view | {"behind": behind})


async def _is_behind(request: Request, services: Services, project_id: str) -> bool:
    """Also where runs that came as spans cannot be asked for just now."""
    behind = await is_behind(request, project_id)
    try:
        await experiment_runs.fold(services, project_id)
    except (Unavailable, Unprocessable):
        return True
    return behind
