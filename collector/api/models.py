"""`/api/public/models`: what models cost, Langfuse's own and those of the project."""

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request

from collector import metrics
from collector.api.access import ProjectAccess, project_of
from collector.api.answers import JSONAnswer, page_answer
from collector.api.ids import path_id
from collector.api.intake import client_json
from collector.api.model_bodies import read_model_body
from collector.api.parameters import PAGE, read_parameters
from collector.api.shapes.model import definition
from collector.errors import NotFound
from collector.services import Services

if TYPE_CHECKING:
    from collector.registry.models import ModelDefinition

router = APIRouter()

_PATH: Final = "/api/public/models"


@router.post(_PATH)
async def create_model(request: Request, access: ProjectAccess) -> JSONAnswer:
    """Prices what comes from now on; stored costs stay."""
    # Imported here and below: it brings SQLAlchemy, a second of the start.
    from collector.registry import models

    services: Services = request.app.state.services
    # Projects' models are kept in memory for flushes, so one may not be as large as other objects.
    body = await client_json(request, services.settings.model_body_bytes_max)
    fields = read_model_body(body)
    project_id, models_max = project_of(access), services.settings.models_max
    try:
        made = await services.registry.run(
            lambda connection: models.create(connection, project_id, fields, models_max)
        )
    except models.TooManyModels:
        metrics.LIMIT_HITS.labels("models_max").inc()
        raise
    await services.registry.changed_snapshots()
    return JSONAnswer(definition(made))


@router.get(_PATH)
async def list_models(request: Request, access: ProjectAccess) -> JSONAnswer:
    """The project's own and those of all projects, by name."""
    from collector.registry import models

    project_id = project_of(access)
    wanted = read_parameters(PAGE, request.query_params)
    page, limit = wanted["page"], wanted["limit"]

    async def read(connection: Any) -> tuple[list["ModelDefinition"], int]:
        total = await models.count(connection, project_id)
        # A page past the end may be past what a database takes as an offset, too.
        if (page - 1) * limit >= total:
            return [], total
        return await models.page(connection, project_id, page, limit), total

    found, total = await request.app.state.services.registry.run(read)
    return page_answer([definition(model) for model in found], page, limit, total)


@router.get(f"{_PATH}/{path_id('model_id')}")
async def get_model(request: Request, model_id: str, access: ProjectAccess) -> JSONAnswer:
    from collector.registry import models

    project_id = project_of(access)
    if "\0" in model_id:  # PostgreSQL has no text with a NUL in it, so no id has one
        raise NotFound(models.NOT_FOUND)
    found = await request.app.state.services.registry.run(
        lambda connection: models.find(connection, project_id, model_id)
    )
    return JSONAnswer(definition(found))


@router.delete(f"{_PATH}/{path_id('model_id')}")
async def delete_model(request: Request, model_id: str, access: ProjectAccess) -> JSONAnswer:
    """Only the project's own."""
    from collector.registry import models

    services: Services = request.app.state.services
    project_id = project_of(access)
    if "\0" in model_id:
        raise NotFound(models.NOT_DELETED)
    await services.registry.run(lambda connection: models.remove(connection, project_id, model_id))
    await services.registry.changed_snapshots()
    return JSONAnswer({"message": "Model successfully deleted"})
