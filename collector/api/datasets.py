"""`/api/public/datasets` of both versions, and the runs below them."""

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import orjson
from fastapi import APIRouter, Request

from collector import experiment_runs
from collector.api.access import Access, ProjectAccess, project_of
from collector.api.answers import JSONAnswer, page_answer
from collector.api.ids import path_id
from collector.api.intake import client_json
from collector.api.parameters import PAGE, read_parameters
from collector.api.reading import reading
from collector.api.shapes import dataset as shape
from collector.errors import InvalidRequest, NotFound, ValidationFailed
from collector.ingest import values
from collector.ingest.issues import (
    ISSUES_MAX,
    Issue,
    Path,
    broken_rule,
    wrong_type,
)
from collector.ingest.values import Field, Null, Schema, read_fields
from collector.records.payload import json_text
from collector.registry import dataset_schemas
from collector.registry.dataset_rules import RUN_NOT_FOUND, name_faults
from collector.services import Services

if TYPE_CHECKING:
    from collector.registry.dataset_rules import Dataset, Run, RunItem

router = APIRouter()

_V1: Final = "/api/public/datasets"
_V2: Final = "/api/public/v2/datasets"
_RUNS: Final = f"{_V1}/{path_id('name')}/runs"
_SPLITS_MAX: Final = 8


def names_of(sent: str) -> tuple[str, ...]:
    """The name as it came, and decoded once more: some clients encode twice."""
    known = [name for name in (sent, unquote(sent)) if "\0" not in name]
    return tuple(dict.fromkeys(known))


# -- datasets ----------------------------------------------------------------------------------


@router.post(_V2)
async def upsert_dataset(request: Request, access: ProjectAccess) -> JSONAnswer:
    """Made, or changed where the body says something."""
    return JSONAnswer(shape.dataset(await _upsert(request, access)))


@router.post(_V1)
async def upsert_dataset_v1(request: Request, access: ProjectAccess) -> JSONAnswer:
    """As version 2, with two lists that are always empty."""
    return JSONAnswer(shape.dataset(await _upsert(request, access)) | {"items": [], "runs": []})


async def _upsert(request: Request, access: Access) -> "Dataset":
    # Imported here and below: it brings SQLAlchemy, a second of the start.
    from collector.registry import datasets

    services: Services = request.app.state.services
    name, fields = _read(await client_json(request))
    project_id = project_of(access)
    return await services.registry.run(
        lambda c: datasets.upsert(c, project_id, name, fields, services.settings)
    )


@router.get(_V2)
async def list_datasets(request: Request, access: ProjectAccess) -> JSONAnswer:
    """Newest first."""
    from collector.registry import datasets

    services: Services = request.app.state.services
    wanted = read_parameters(PAGE, request.query_params)
    place = wanted["page"], wanted["limit"]
    bytes_max = services.settings.dataset_answer_bytes_max
    found, total = await services.registry.run(
        lambda c: datasets.page(c, project_of(access), *place, bytes_max)
    )
    return page_answer([shape.dataset(row) for row in found], *place, total)


@router.get(_V1)
async def list_datasets_v1(request: Request, access: ProjectAccess) -> JSONAnswer:
    """With the ids of active items and the names of runs."""
    from collector.registry import dataset_items, dataset_runs, datasets

    wanted = read_parameters(PAGE, request.query_params)
    place = wanted["page"], wanted["limit"]
    services = await _with_runs(request, access)
    settings = services.settings

    async def read(connection: Any) -> tuple[list[dict[str, Any]], int]:
        found, total = await datasets.page(
            connection, project_of(access), *place, settings.dataset_answer_bytes_max
        )
        ids = [row.id for row in found]
        items = await dataset_items.active_ids(connection, ids, settings.dataset_listed_max)
        runs = await dataset_runs.names(connection, ids, settings.dataset_listed_max)
        listed = [
            shape.dataset(row) | {"items": items[row.id], "runs": runs[row.id]} for row in found
        ]
        return listed, total

    data, total = await services.registry.run(read)
    return page_answer(data, *place, total)


@router.get(f"{_V2}/{path_id('name')}")
async def get_dataset(request: Request, name: str, access: ProjectAccess) -> JSONAnswer:
    """By name, encoded once or twice."""
    from collector.registry import datasets

    found = await request.app.state.services.registry.run(
        lambda c: datasets.find(c, project_of(access), *names_of(name))
    )
    return JSONAnswer(shape.dataset(found))


# -- runs --------------------------------------------------------------------------------------


async def _with_runs(request: Request, access: Access) -> Services:
    """The services, once runs that came as spans are among the others."""
    store = await reading(request, access)
    services: Services = request.app.state.services
    await experiment_runs.fold(services, store.project_id)
    return services


@router.get(_RUNS + "/" + path_id("run_name"))
async def get_run(request: Request, name: str, run_name: str, access: ProjectAccess) -> JSONAnswer:
    """With all its items, newest first."""
    from collector.registry import dataset_runs

    services = await _with_runs(request, access)
    project_id = project_of(access)

    async def read(connection: Any) -> tuple["Dataset", "Run", "list[RunItem]"]:
        dataset, run = await _find_run(connection, project_id, name, run_name)
        limit = services.settings.dataset_listed_max
        return dataset, run, await dataset_runs.all_items(connection, project_id, run, limit)

    dataset, run, items = await services.registry.run(read)
    return JSONAnswer(shape.run_with_items(run, dataset.name, items))


@router.delete(_RUNS + "/" + path_id("run_name"))
async def delete_run(
    request: Request, name: str, run_name: str, access: ProjectAccess
) -> JSONAnswer:
    """The run and its items; traces stay."""
    from collector.registry import dataset_runs, datasets

    services = await _with_runs(request, access)
    project_id = project_of(access)

    async def remove(connection: Any) -> None:
        await datasets.take_turn(connection, project_id)
        _, run = await _find_run(connection, project_id, name, run_name)
        await dataset_runs.remove(connection, project_id, run)

    await services.registry.run(remove)
    return JSONAnswer({"message": "Dataset run successfully deleted"})


async def _find_run(
    connection: Any, project_id: str, name: str, run_name: str
) -> tuple["Dataset", "Run"]:
    """Slashes come decoded: any `/runs/` may be the one between the two names."""
    from collector.registry import dataset_runs, datasets

    parts = f"{name}/runs/{run_name}".split("/runs/")
    for at in range(1, min(len(parts), _SPLITS_MAX)):
        for known in names_of("/runs/".join(parts[:at])):
            dataset = await datasets.search(connection, project_id, known)
            names = names_of("/runs/".join(parts[at:])) if dataset else ()
            for each in names:
                run = dataset and await dataset_runs.search(connection, dataset.id, each)
                if dataset and run:
                    return dataset, run
    raise NotFound(RUN_NOT_FOUND)


@router.get(_RUNS)
async def list_runs(request: Request, name: str, access: ProjectAccess) -> JSONAnswer:
    """Newest first."""
    from collector.registry import dataset_runs, datasets

    wanted = read_parameters(PAGE, request.query_params)
    place = wanted["page"], wanted["limit"]
    services = await _with_runs(request, access)
    bytes_max = services.settings.dataset_answer_bytes_max

    async def read(connection: Any) -> tuple[list[dict[str, Any]], int]:
        dataset = await datasets.find(connection, project_of(access), *names_of(name))
        found, total = await dataset_runs.page(connection, dataset.id, *place, bytes_max)
        return [shape.run(row, dataset.name) for row in found], total

    data, total = await services.registry.run(read)
    return page_answer(data, *place, total)


# After the runs, whose paths it would take as well.
@router.get(f"{_V1}/{path_id('name')}")
async def get_dataset_v1(request: Request, name: str, access: ProjectAccess) -> JSONAnswer:
    """With its active items and the names of its runs."""
    from collector.registry import dataset_items, dataset_runs, datasets
    from collector.registry.dataset_items import ItemFilter

    services = await _with_runs(request, access)
    project_id, settings = project_of(access), services.settings
    listed_max = settings.dataset_listed_max

    async def read(connection: Any) -> dict[str, Any]:
        dataset = await datasets.find(connection, project_id, *names_of(name))
        await dataset_items.active_ids(connection, [dataset.id], listed_max)
        items, _ = await dataset_items.page(
            connection,
            project_id,
            ItemFilter(dataset.id),
            (1, listed_max),
            settings.dataset_answer_bytes_max,
        )
        runs = await dataset_runs.names(connection, [dataset.id], listed_max)
        return shape.dataset(dataset) | {
            "items": [shape.item(row) for row in items],
            "runs": runs[dataset.id],
        }

    return JSONAnswer(await services.registry.run(read))


# -- bodies ------------------------------------------------------------------------------------


def _read(body: Any) -> tuple[str, dict[str, Any]]:
    """Name and fields by their stored names. Raises ValidationFailed, InvalidRequest."""
    if not isinstance(body, dict):
        raise ValidationFailed([wrong_type("object", body, ())])
    issues: list[Issue] = []
    fields = read_fields(body, _DATASET, (), issues)
    if issues:
        raise ValidationFailed(issues[:ISSUES_MAX])
    name = fields.pop("name")
    faults = [broken_rule(fault, ()) for fault in name_faults(name)]
    if faults:
        text = orjson.dumps(faults, option=orjson.OPT_INDENT_2).decode()
        raise InvalidRequest(f"Dataset name not valid. {text}")
    return name, fields


def plain_text(value: Any, at: Path, issues: list[Issue]) -> str | None:
    """A text that every database takes."""
    known = values.text(value, at, issues)
    if known is not None and "\0" in known:
        issues.append(broken_rule("A text must not contain a NUL character", at))
    return known


def _any_json(value: Any, at: Path, issues: list[Issue]) -> str:  # noqa: ARG001
    return json_text(value)


def _schema(value: Any, at: Path, issues: list[Issue]) -> str | None:
    if dataset_schemas.is_schema(value):
        return json_text(value)
    issues.append(broken_rule("Must be a valid JSON Schema", at))
    return None


_DATASET: Final[Schema] = (
    Field("name", "name", values.text, Null.REFUSED, required=True),
    Field("description", "description", plain_text, Null.SAYS_NOTHING),
    Field("metadata", "metadata", _any_json, Null.SAYS_NOTHING),
    Field("inputSchema", "input_schema", _schema),
    Field("expectedOutputSchema", "expected_output_schema", _schema),
)
