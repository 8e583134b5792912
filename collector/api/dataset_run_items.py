"""`/api/public/dataset-run-items`: which trace a run made of which item."""

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request

from collector import experiment_runs
from collector.api.access import ProjectAccess, project_of
from collector.api.answers import JSONAnswer, page_answer
from collector.api.datasets import plain_text
from collector.api.intake import client_json
from collector.api.parameters import PAGE, Parameter, read_parameters, text
from collector.api.reading import reading
from collector.api.shapes import dataset as shape
from collector.api.shapes.values import iso_time
from collector.errors import NotFound, ValidationFailed
from collector.ingest import values
from collector.ingest.issues import (
    ABSENT,
    ISSUES_MAX,
    Issue,
    Path,
    broken_rule,
    wrong_type,
)
from collector.ingest.values import Field, Null, Schema, read_fields
from collector.records.payload import json_text
from collector.registry.dataset_rules import ACTIVE, ITEM_NOT_FOUND
from collector.services import Services

if TYPE_CHECKING:
    from collector.registry.dataset_rules import Item, RunItem

router = APIRouter()

_PATH: Final = "/api/public/dataset-run-items"
_NO_RUN: Final = "Dataset run not found for the given project and dataset id"


_LIST = {"datasetId": Parameter(text), "runName": Parameter(text), **PAGE}


@router.post(_PATH)
async def create_dataset_run_item(request: Request, access: ProjectAccess) -> JSONAnswer:
    """Links a trace with an item; the first of a run makes the run."""
    # Imported here and below: it brings SQLAlchemy, a second of the start.
    from collector.registry import dataset_items, dataset_runs, datasets

    services: Services = request.app.state.services
    project_id = project_of(access)
    said = _read(await client_json(request))
    item_id, version_ms = said["item_id"], said.get("version_ms")

    async def find(connection: Any) -> "Item":
        item = await dataset_items.find(connection, project_id, item_id, version_ms)
        if item.status != ACTIVE:
            raise NotFound(ITEM_NOT_FOUND)
        return item

    await services.registry.run(find)
    if not said.get("trace_id"):
        said["trace_id"] = await _trace_of(request, access, said["observation_id"])

    async def link(connection: Any) -> "RunItem":
        await datasets.take_turn(connection, project_id)
        item = await find(connection)
        runs_max = services.settings.dataset_runs_max
        return await dataset_runs.link(connection, project_id, item, said, runs_max)

    return JSONAnswer(shape.run_item(await services.registry.run(link)))


async def _trace_of(request: Request, access: ProjectAccess, observation_id: str) -> str:
    store = await reading(request, access)
    row = await store.reads.observation(store.project_id, observation_id, with_io=False)
    if row is None:
        raise NotFound(f"Observation with id {observation_id} not found")
    return str(row["trace_id"])


@router.get(_PATH)
async def list_dataset_run_items(request: Request, access: ProjectAccess) -> JSONAnswer:
    """The items of one run, newest first."""
    from collector.registry import dataset_runs, datasets

    wanted = read_parameters(_LIST, request.query_params)
    issues = [
        wrong_type("string", ABSENT, (name,))
        for name in ("datasetId", "runName")
        if wanted[name] is None
    ]
    if issues:
        raise ValidationFailed(issues)
    dataset_id, run_name = wanted["datasetId"], wanted["runName"]
    place = wanted["page"], wanted["limit"]
    store = await reading(request, access)
    services: Services = request.app.state.services
    await experiment_runs.fold(services, store.project_id)

    async def read(connection: Any) -> "tuple[list[RunItem], int]":
        if "\0" in dataset_id + run_name:
            raise NotFound(_NO_RUN)
        known = await datasets.existing_ids(connection, store.project_id, {dataset_id})
        run = await dataset_runs.search(connection, dataset_id, run_name) if known else None
        if run is None:
            raise NotFound(_NO_RUN)
        return await dataset_runs.items_page(connection, store.project_id, run, *place)

    found, total = await services.registry.run(read)
    return page_answer([shape.run_item(row) for row in found], *place, total)


# -- bodies ------------------------------------------------------------------------------------


def _read(body: Any) -> dict[str, Any]:
    """Fields by their stored names; unknown keys are refused. Raises ValidationFailed."""
    if not isinstance(body, dict):
        raise ValidationFailed([wrong_type("object", body, ())])
    issues: list[Issue] = []
    fields = read_fields(body, _RUN_ITEM, (), issues)
    unknown = [key for key in body if key not in _KEYS]
    if unknown:
        issues.append(_unrecognized(unknown))
    if not issues and not fields.get("trace_id") and not fields.get("observation_id"):
        message = "observationId or traceId must be provided"
        issues.append(broken_rule(message, ("observationId", "traceId")))
    if issues:
        raise ValidationFailed(issues[:ISSUES_MAX])
    metadata = fields.pop("metadata", None)
    if metadata is not None and not isinstance(metadata, dict):
        metadata = {"metadata": metadata}
    if fields.get("version_ms") is not None:
        metadata = (metadata or {}) | {"dataset_version": iso_time(fields["version_ms"])}
    fields["metadata"] = None if metadata is None else json_text(metadata)
    return fields


def _unrecognized(keys: list[str]) -> Issue:
    named = ", ".join(f'"{key}"' for key in keys)
    noun = "key" if len(keys) == 1 else "keys"
    return {
        "code": "unrecognized_keys",
        "keys": keys,
        "path": [],
        "message": f"Unrecognized {noun}: {named}",
    }


def _any(value: Any, at: Path, issues: list[Issue]) -> Any:  # noqa: ARG001
    return value


def _name(value: Any, at: Path, issues: list[Issue]) -> str | None:
    known = plain_text(value, at, issues)
    if known == "":
        issues.append(broken_rule("A run must have a name", at))
    return known


_RUN_ITEM: Final[Schema] = (
    Field("runName", "run_name", _name, Null.REFUSED, required=True),
    Field("runDescription", "description", plain_text, Null.SAYS_NOTHING),
    Field("metadata", "metadata", _any, Null.SAYS_NOTHING),
    Field("datasetItemId", "item_id", plain_text, Null.REFUSED, required=True),
    Field("observationId", "observation_id", plain_text, Null.SAYS_NOTHING),
    Field("traceId", "trace_id", plain_text, Null.SAYS_NOTHING),
    Field("datasetVersion", "version_ms", values.instant_ms, Null.SAYS_NOTHING),
    Field("createdAt", "created_ms", values.instant_ms, Null.SAYS_NOTHING),
)
_KEYS: Final = frozenset(field.key for field in _RUN_ITEM)
