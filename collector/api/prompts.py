"""`/api/public/v2/prompts` and the older `/api/public/prompts`: prompts by name and version."""

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from collector.api.access import ProjectAccess, project_of
from collector.api.answers import JSONAnswer
from collector.api.budget import held_by
from collector.api.ids import path_id
from collector.api.intake import client_json
from collector.api.parameters import (
    Parameter,
    WrongValue,
    limit,
    moment,
    number,
    read_parameters,
    text,
)
from collector.api.prompt_bodies import read_new, read_new_labels
from collector.api.shapes.values import iso_time
from collector.errors import InvalidRequest, NotFound, ValidationFailed
from collector.ingest.issues import ABSENT, wrong_type
from collector.registry.access import Access
from collector.registry.prompt_rules import PRODUCTION, Limits, NewPrompt, texts_of
from collector.services import Services

if TYPE_CHECKING:
    from collector.registry.prompt_lists import Listed
    from collector.registry.prompt_rules import Prompt

router = APIRouter()

_V1: Final = "/api/public/prompts"
_V2: Final = "/api/public/v2/prompts"
_ONE: Final = f"{_V2}/{path_id('name')}"
_PAGE_MAX: Final = 2**53 - 1
# An answer is there as texts and as bytes, until the client has taken it.
_ANSWER_WEIGHT: Final = 3
_LARGE_CHARACTERS: Final = 64 * 1024


def _version(sent: list[str]) -> int | None:
    value = number(sent)
    if value is not None and not value.is_integer():
        raise WrongValue(wrong_type("int", value, ()) | {"format": "safeint"})
    return None if value is None else int(value)


def _resolve(sent: list[str]) -> bool:
    return text(sent).lower() not in ("false", "0")


_CHOICE: Final = {"version": Parameter(_version), "label": Parameter(text)}
_READ: Final = {**_CHOICE, "resolve": Parameter(_resolve, default=True)}
_LIST: Final = {
    "name": Parameter(text),
    **_CHOICE,
    "tag": Parameter(text),
    "page": Parameter(limit(_PAGE_MAX), default=1),
    "limit": Parameter(limit(100), default=10),
    "fromUpdatedAt": Parameter(moment),
    "toUpdatedAt": Parameter(moment),
}


@router.post(_V2)
async def create_prompt(request: Request, access: ProjectAccess) -> JSONAnswer:
    """A new version, also when nothing changed."""
    new = await _new(request, with_active=False)
    return await _created(request, access, new)


@router.post(_V1)
async def create_prompt_v1(request: Request, access: ProjectAccess) -> JSONAnswer:
    """As version 2, with `isActive` for the label `production`."""
    new = await _new(request, with_active=True)
    return await _created(request, access, new)


@router.get(_V2)
async def list_prompts(request: Request, access: ProjectAccess) -> JSONAnswer:
    """Names in their order, each with the versions that fit."""
    # Imported here and below: it brings SQLAlchemy, a second of the start.
    from collector.registry import prompt_lists

    services: Services = request.app.state.services
    project_id = project_of(access)
    asked = read_parameters(_LIST, request.query_params)
    wanted = prompt_lists.Wanted(
        name=asked["name"] or None,
        version=asked["version"] or None,
        label=asked["label"] or None,
        tag=asked["tag"] or None,
        from_ms=asked["fromUpdatedAt"],
        to_ms=asked["toUpdatedAt"],
    )
    slice_ = (asked["page"], asked["limit"])
    versions_max = services.settings.prompt_versions_listed_max
    found, total = await services.registry.run(
        lambda connection: prompt_lists.page(connection, project_id, wanted, slice_, versions_max)
    )
    facts = {
        "page": asked["page"],
        "limit": asked["limit"],
        "totalPages": -(-total // asked["limit"]),
        "totalItems": total,
    }
    await _hold(request, sum(len(prompt.config) for prompt in found))
    data = [_listed(prompt) for prompt in found]
    return JSONAnswer({"data": data, "meta": facts, "pagination": facts})


# Before the names, which may hold any path.
@router.patch(f"{_ONE}/versions/{{version}}")
async def update_prompt_labels(
    request: Request, name: str, version: str, access: ProjectAccess
) -> JSONAnswer:
    """Gives labels to a version and takes them from the others."""
    from collector.registry import prompts

    services: Services = request.app.state.services
    project_id = project_of(access)
    body = await client_json(request, services.settings.prompt_body_bytes_max)
    labels = read_new_labels(body)
    number_ = _path_version(version)
    limits = _limits(services)

    async def change(connection: Any) -> "Prompt":
        made = await prompts.add_labels(connection, project_id, name, number_, labels, limits)
        # Before the commit: what is answered with 503 has not happened.
        await _hold(request, sum(map(len, texts_of(made.body))))
        return made

    changed: Prompt = await services.registry.run(change)
    return JSONAnswer(_row(changed))


@router.get(_ONE)
async def get_prompt(request: Request, name: str, access: ProjectAccess) -> JSONAnswer:
    """By version or label, else the one in production."""
    asked = read_parameters(_READ, request.query_params)
    version, label = asked["version"] or None, asked["label"] or None
    if version is not None and label is not None:
        raise InvalidRequest("Cannot specify both version and label")
    shape = await _read(request, access, name, (version, label), resolve=asked["resolve"])
    if shape is None:
        which = f"version {version}" if version else f"label '{label or PRODUCTION}'"
        raise NotFound(f"Prompt not found: '{name}' with {which}")
    return JSONAnswer(shape)


@router.get(_V1)
async def get_prompt_v1(request: Request, access: ProjectAccess) -> JSONAnswer:
    """By version, else the one in production."""
    table = {"name": Parameter(text), "version": Parameter(_version)}
    asked = read_parameters(table, request.query_params)
    if asked["name"] is None:
        raise ValidationFailed([wrong_type("string", ABSENT, ("name",))])
    wanted = (asked["version"] or None, None)
    shape = await _read(request, access, unquote(asked["name"]), wanted, resolve=True)
    if shape is None:
        raise NotFound("Prompt not found")
    return JSONAnswer(shape)


@router.delete(_ONE)
async def delete_prompt(request: Request, name: str, access: ProjectAccess) -> Response:
    """One version or all; nothing that is asked for and not there means all."""
    from collector.registry import prompts

    services: Services = request.app.state.services
    project_id = project_of(access)
    asked = read_parameters(_CHOICE, request.query_params)
    version, label = asked["version"], asked["label"]
    if version is not None and label is not None:
        raise InvalidRequest("Cannot specify both version and label")
    await services.registry.run(
        lambda connection: prompts.remove(connection, project_id, name, version, label)
    )
    await services.registry.changed_snapshots()
    return Response(status_code=204)


# -- shared ------------------------------------------------------------------------------------


async def _new(request: Request, *, with_active: bool) -> NewPrompt:
    settings = request.app.state.services.settings
    body = await client_json(request, settings.prompt_body_bytes_max)
    return read_new(body, settings.prompt_config_bytes_max, with_active=with_active)


async def _created(request: Request, access: Access, new: NewPrompt) -> JSONAnswer:
    from collector.registry import prompts

    services: Services = request.app.state.services
    project_id = project_of(access)
    limits = _limits(services)
    made = await services.registry.run(
        lambda connection: prompts.create(connection, project_id, new, limits)
    )
    await services.registry.changed_snapshots()
    return JSONAnswer(_row(made), status_code=201)


async def _read(
    request: Request,
    access: Access,
    name: str,
    wanted: tuple[int | None, str | None],
    *,
    resolve: bool,
) -> dict[str, Any] | None:
    from collector.registry import prompts
    from collector.registry.prompt_resolution import Node, Resolver

    services: Services = request.app.state.services
    project_id = project_of(access)
    version, label = wanted
    limits = _limits(services)

    async def read(connection: Any) -> dict[str, Any] | None:
        by_label = None if version is not None else label or PRODUCTION
        found = await prompts.find(connection, project_id, name, version, by_label)
        if found is None:
            return None
        body, graph = found.body, None
        if resolve:
            root = Node(found.id, found.name, found.version, found.body)
            body, graph = await Resolver(connection, project_id, limits).resolved(root)
        # While the connection is held, so that few read what there is no room for.
        await _hold(request, sum(map(len, texts_of(body))))
        shape = _row(found) | {"prompt": body, "isActive": PRODUCTION in found.labels}
        return {**shape, "resolutionGraph": graph}

    shape: dict[str, Any] | None = await services.registry.run(read)
    return shape


async def _hold(request: Request, characters: int) -> None:
    """Makes a large answer count as a large body does. Raises Unavailable without room for it."""
    if characters > _LARGE_CHARACTERS:
        await held_by(request).at_least(characters * _ANSWER_WEIGHT)


def _limits(services: Services) -> Limits:
    settings = services.settings
    return Limits(
        prompts_max=settings.prompts_max,
        versions_max=settings.prompt_versions_max,
        labels_max=settings.prompt_labels_max,
        references_max=settings.prompt_references_max,
        resolved_bytes_max=settings.prompt_resolved_bytes_max,
    )


def _path_version(sent: str) -> int:
    try:
        return _version([sent]) or 0
    except WrongValue as wrong:
        path = ["promptVersion", *wrong.issue["path"]]
        raise ValidationFailed([{**wrong.issue, "path": path}]) from wrong


def _row(prompt: "Prompt") -> dict[str, Any]:
    """As it is stored."""
    return {
        "id": prompt.id,
        "createdAt": iso_time(prompt.created_ms),
        "updatedAt": iso_time(prompt.updated_ms),
        "projectId": prompt.project_id,
        "createdBy": prompt.created_by,
        "prompt": prompt.body,
        "name": prompt.name,
        "version": prompt.version,
        "type": prompt.type,
        "isActive": prompt.is_active,
        "config": prompt.config,
        "tags": prompt.tags,
        "labels": prompt.labels,
        "commitMessage": prompt.commit_message,
    }


def _listed(prompt: "Listed") -> dict[str, Any]:
    return {
        "name": prompt.name,
        "type": prompt.type,
        "tags": prompt.tags,
        "lastUpdatedAt": iso_time(prompt.updated_ms),
        "versions": prompt.versions,
        "labels": prompt.labels,
        "lastConfig": orjson.Fragment(prompt.config),
    }
