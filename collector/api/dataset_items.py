"""`/api/public/dataset-items`: what datasets are made of."""

import re
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request

from collector.api.access import ProjectAccess, project_of
from collector.api.answers import JSONAnswer, page_answer
from collector.api.datasets import names_of, plain_text
from collector.api.ids import path_id
from collector.api.intake import client_json
from collector.api.parameters import PAGE, Parameter, WrongValue, read_parameters, text
from collector.api.shapes import dataset as shape
from collector.errors import NotFound, ValidationFailed
from collector.ingest import values
from collector.ingest.datetimes import unix_ms
from collector.ingest.issues import ISSUES_MAX, Issue, Path, broken_rule, wrong_type
from collector.ingest.jsonbody import InvalidJson, parse_json
from collector.ingest.values import Field, Null, Schema, read_fields
from collector.records.payload import json_text
from collector.registry.dataset_rules import (
    ACTIVE,
    ARCHIVED,
    ITEM_NOT_FOUND,
    without_control_characters,
)
from collector.services import Services

if TYPE_CHECKING:
    from collector.registry.dataset_rules import Item

router = APIRouter()

_PATH: Final = "/api/public/dataset-items"
_ID_CHARACTERS_MAX: Final = 255
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# A text inside an item that is JSON itself becomes the value; deeper than this it stays a text.
_TEXT_DEPTH_MAX: Final = 100


def _version(sent: list[str]) -> int:
    """A moment, in UTC if it names no zone, or a day's first one."""
    told = text(sent)
    moment_ms = unix_ms(told)
    if moment_ms is None:
        moment_ms = unix_ms(told + ("T00:00:00Z" if _DATE.fullmatch(told) else "Z"))
    if moment_ms is None:
        raise WrongValue(wrong_type("date", told, ()) | {"message": "Invalid input: expected date"})
    return moment_ms


_LIST = {
    "datasetName": Parameter(text),
    "sourceTraceId": Parameter(text),
    "sourceObservationId": Parameter(text),
    "version": Parameter(_version),
    **PAGE,
}


@router.post(_PATH)
async def upsert_dataset_item(request: Request, access: ProjectAccess) -> JSONAnswer:
    """A new version of the item of that id, or a new item."""
    # Imported here and below: it brings SQLAlchemy, a second of the start.
    from collector.registry import dataset_items, datasets

    services: Services = request.app.state.services
    fields = _read(await client_json(request, services.settings.dataset_item_body_bytes_max))
    project_id = project_of(access)
    name, item_id = fields.pop("dataset_name"), fields.pop("id", None)

    async def write(connection: Any) -> "Item":
        await datasets.take_turn(connection, project_id)
        dataset = await datasets.search(connection, project_id, name)
        if dataset is None:
            raise NotFound(f"Dataset {name} not found for project {project_id}")
        return await dataset_items.write(connection, dataset, item_id, fields, services.settings)

    return JSONAnswer(shape.item(await services.registry.run(write)))


@router.get(_PATH)
async def list_dataset_items(request: Request, access: ProjectAccess) -> JSONAnswer:
    """Active items, the last written first; with `version` those that were valid then."""
    from collector.registry import dataset_items, datasets
    from collector.registry.dataset_items import ItemFilter

    services: Services = request.app.state.services
    wanted = read_parameters(_LIST, request.query_params)
    name, project_id = wanted["datasetName"], project_of(access)
    if wanted["version"] is not None and name is None:
        message = "datasetName is required when version parameter is provided"
        raise ValidationFailed([broken_rule(message, ("datasetName",))])
    place = wanted["page"], wanted["limit"]
    sources = wanted["sourceTraceId"], wanted["sourceObservationId"]
    bytes_max = services.settings.dataset_answer_bytes_max

    async def read(connection: Any) -> "tuple[list[Item], int]":
        dataset_id = None
        if name is not None:
            dataset_id = (await datasets.find(connection, project_id, *names_of(name))).id
        if any("\0" in (source or "") for source in sources):
            return [], 0
        chosen = ItemFilter(dataset_id, *sources, wanted["version"])
        return await dataset_items.page(connection, project_id, chosen, place, bytes_max)

    found, total = await services.registry.run(read)
    return page_answer([shape.item(row) for row in found], *place, total)


@router.get(f"{_PATH}/{path_id('item_id')}")
async def get_dataset_item(request: Request, item_id: str, access: ProjectAccess) -> JSONAnswer:
    """The newest version, archived or not."""
    from collector.registry import dataset_items

    _check_id(item_id)
    found = await request.app.state.services.registry.run(
        lambda c: dataset_items.find(c, project_of(access), item_id)
    )
    return JSONAnswer(shape.item(found))


@router.delete(f"{_PATH}/{path_id('item_id')}")
async def delete_dataset_item(request: Request, item_id: str, access: ProjectAccess) -> JSONAnswer:
    """Gone from now on; earlier versions of the dataset and runs keep it."""
    from collector.registry import dataset_items, datasets

    project_id = project_of(access)
    _check_id(item_id)

    async def remove(connection: Any) -> None:
        await datasets.take_turn(connection, project_id)
        await dataset_items.remove(connection, project_id, item_id)

    await request.app.state.services.registry.run(remove)
    return JSONAnswer({"message": "Dataset item successfully deleted"})


def _check_id(item_id: str) -> None:
    """PostgreSQL has no text with a NUL in it, so no id has one."""
    if "\0" in item_id:
        raise NotFound(ITEM_NOT_FOUND)


# -- bodies ------------------------------------------------------------------------------------


def _read(body: Any) -> dict[str, Any]:
    """Fields by their stored names. Raises ValidationFailed."""
    if not isinstance(body, dict):
        raise ValidationFailed([wrong_type("object", body, ())])
    issues: list[Issue] = []
    fields = read_fields(body, _ITEM, (), issues)
    if issues:
        raise ValidationFailed(issues[:ISSUES_MAX])
    # A text that stands for null was meant to clear, a null says nothing.
    for key, name, read, *_ in _ITEM:
        if read is _payload and body.get(key) is not None:
            fields.setdefault(name, None)
    return fields


_bounded_id = values.text_of(1, _ID_CHARACTERS_MAX)


def _id(value: Any, at: Path, issues: list[Issue]) -> str | None:
    known: str | None = _bounded_id(value, at, issues)
    if known is not None and "\0" in known:
        issues.append(broken_rule("An id must not contain a NUL character", at))
    return known


def _payload(value: Any, at: Path, issues: list[Issue]) -> str | None:  # noqa: ARG001
    """Any value as JSON text, None for null; a text that is JSON is read as such."""
    cleaned = without_control_characters(value)
    if isinstance(cleaned, str):
        try:
            cleaned = parse_json(cleaned.encode(), _TEXT_DEPTH_MAX) if cleaned else None
        except InvalidJson:
            pass
        else:
            cleaned = without_control_characters(cleaned)
    return None if cleaned is None else json_text(cleaned)


_ITEM: Final[Schema] = (
    Field("datasetName", "dataset_name", plain_text, Null.REFUSED, required=True),
    Field("id", "id", _id, Null.SAYS_NOTHING),
    Field("input", "input", _payload, Null.SAYS_NOTHING),
    Field("expectedOutput", "expected_output", _payload, Null.SAYS_NOTHING),
    Field("metadata", "metadata", _payload, Null.SAYS_NOTHING),
    Field("sourceTraceId", "source_trace_id", plain_text, Null.SAYS_NOTHING),
    Field("sourceObservationId", "source_observation_id", plain_text, Null.SAYS_NOTHING),
    Field("status", "status", values.one_of(ACTIVE, ARCHIVED), Null.SAYS_NOTHING),
)
