"""`/api/public/score-configs`: what scores of the project may be."""

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request

from collector import metrics
from collector.api.access import ProjectAccess, project_of
from collector.api.answers import JSONAnswer, page_answer
from collector.api.ids import path_id
from collector.api.intake import client_json
from collector.api.parameters import PAGE, read_parameters
from collector.api.shapes.values import iso_time, number
from collector.errors import InvalidRequest, NotFound, ValidationFailed
from collector.ingest import values
from collector.ingest.issues import (
    ABSENT,
    ISSUES_MAX,
    Issue,
    Path,
    broken_rule,
    stop_further_checks,
    unknown_discriminator,
    wrong_pattern,
    wrong_type,
)
from collector.ingest.values import Field, Null, Schema, read_fields
from collector.registry.score_config_rules import (
    DATA_TYPES,
    NAME_CHARACTERS_MAX,
    NAME_PATTERN,
    NOT_FOUND,
    Fault,
    faults_of,
    is_name,
)
from collector.services import Services

if TYPE_CHECKING:
    from collector.registry.score_config_rules import ScoreConfig

router = APIRouter()

_PATH: Final = "/api/public/score-configs"
_EMPTY_PATCH: Final = (
    "Request body cannot be empty. At least one field must be provided for update."
)
_WIRE_NAMES: Final = {"min_value": "minValue", "max_value": "maxValue"}


@router.post(_PATH)
async def create_score_config(request: Request, access: ProjectAccess) -> JSONAnswer:
    # Imported here and below: it brings SQLAlchemy, a second of the start.
    from collector.registry import score_configs

    services: Services = request.app.state.services
    # All configs are kept in memory for flushes, so one may not be as large as any other object.
    body = await client_json(request, services.settings.score_config_body_bytes_max)
    fields = _read_new(body)
    configs_max = services.settings.score_configs_max
    project_id = project_of(access)
    try:
        made = await services.registry.run(
            lambda connection: score_configs.create(connection, project_id, fields, configs_max)
        )
    except InvalidRequest:
        metrics.LIMIT_HITS.labels("score_configs_max").inc()
        raise
    await services.registry.changed_snapshots()
    return JSONAnswer(_shape(made))


@router.get(_PATH)
async def list_score_configs(request: Request, access: ProjectAccess) -> JSONAnswer:
    """Newest first."""
    from collector.registry import score_configs

    project_id = project_of(access)
    wanted = read_parameters(PAGE, request.query_params)
    page, limit = wanted["page"], wanted["limit"]

    async def read(connection: Any) -> tuple[list["ScoreConfig"], int]:
        total = await score_configs.count(connection, project_id)
        # A page past the end may be past what a database takes as an offset, too.
        if (page - 1) * limit >= total:
            return [], total
        return await score_configs.page(connection, project_id, page, limit), total

    found, total = await request.app.state.services.registry.run(read)
    return page_answer([_shape(config) for config in found], page, limit, total)


@router.get(f"{_PATH}/{path_id('config_id')}")
async def get_score_config(request: Request, config_id: str, access: ProjectAccess) -> JSONAnswer:
    from collector.registry import score_configs

    project_id = project_of(access)
    _check_id(config_id)
    found = await request.app.state.services.registry.run(
        lambda connection: score_configs.find(connection, project_id, config_id)
    )
    return JSONAnswer(_shape(found))


@router.patch(f"{_PATH}/{path_id('config_id')}")
async def update_score_config(
    request: Request, config_id: str, access: ProjectAccess
) -> JSONAnswer:
    from collector.registry import score_configs

    services: Services = request.app.state.services
    project_id = project_of(access)
    body = await client_json(request, services.settings.score_config_body_bytes_max)
    fields = _read_changes(body)
    _check_id(config_id)
    changed = await services.registry.run(
        lambda connection: score_configs.change(connection, project_id, config_id, fields)
    )
    await services.registry.changed_snapshots()
    return JSONAnswer(_shape(changed))


def _check_id(config_id: str) -> None:
    """PostgreSQL has no text with a NUL in it, so no id has one."""
    if "\0" in config_id:
        raise NotFound(NOT_FOUND)


def _shape(config: "ScoreConfig") -> dict[str, Any]:
    return {
        "id": config.id,
        "projectId": config.project_id,
        "name": config.name,
        "description": config.description,
        "dataType": config.data_type,
        "isArchived": config.is_archived,
        "minValue": None if config.min_value is None else number(config.min_value),
        "maxValue": None if config.max_value is None else number(config.max_value),
        "categories": config.categories,
        "createdAt": iso_time(config.created_ms),
        "updatedAt": iso_time(config.updated_ms),
    }


# -- bodies ------------------------------------------------------------------------------------


def _read_new(body: Any) -> dict[str, Any]:
    """Fields by their stored names. Raises ValidationFailed."""
    if not isinstance(body, dict):
        raise ValidationFailed([wrong_type("object", body, ())])
    data_type = body.get("dataType", ABSENT)
    if data_type not in DATA_TYPES:
        raise ValidationFailed([unknown_discriminator("dataType", ("dataType",))])
    issues: list[Issue] = []
    fields = read_fields(body, _new_schema(data_type), (), issues)
    fields["data_type"] = data_type
    if not stop_further_checks(issues):
        issues += [_issue_of(fault) for fault in faults_of(fields)]
    if issues:
        raise ValidationFailed(issues[:ISSUES_MAX])
    return fields


def _read_changes(body: Any) -> dict[str, Any]:
    """As `_read_new`; what is not there is not changed, and nothing may be null."""
    if not isinstance(body, dict):
        raise ValidationFailed([wrong_type("object", body, ())])
    schema = (
        Field("isArchived", "is_archived", values.boolean, Null.REFUSED),
        Field("name", "name", _name, Null.REFUSED),
        Field("description", "description", _description, Null.REFUSED),
        Field("minValue", "min_value", values.number, Null.REFUSED),
        Field("maxValue", "max_value", values.number, Null.REFUSED),
        Field("categories", "categories", _categories, Null.REFUSED),
    )
    issues: list[Issue] = []
    fields = read_fields(body, schema, (), issues)
    if not issues and not fields:
        issues.append(broken_rule(_EMPTY_PATCH, ()))
    if issues:
        raise ValidationFailed(issues[:ISSUES_MAX])
    return fields


def _new_schema(data_type: str) -> Schema:
    bound = values.number if data_type == "NUMERIC" else _nothing
    categories = _categories if data_type == "CATEGORICAL" else _nothing
    is_list = data_type == "CATEGORICAL"
    refused = Null.REFUSED if data_type in ("CATEGORICAL", "BOOLEAN") else Null.SAYS_NOTHING
    return (
        Field("name", "name", _name, Null.REFUSED, required=True),
        Field("description", "description", _description),
        Field("minValue", "min_value", bound, Null.SAYS_NOTHING),
        Field("maxValue", "max_value", bound, Null.SAYS_NOTHING),
        Field("categories", "categories", categories, refused, required=is_list),
    )


def _issue_of(fault: Fault) -> Issue:
    name = _WIRE_NAMES.get(fault.field or "", fault.field)
    return broken_rule(fault.message, () if name is None else (name,))


_bounded_name = values.text_of(1, NAME_CHARACTERS_MAX)


def _name(value: Any, at: Path, issues: list[Issue]) -> str | None:
    known: str | None = _bounded_name(value, at, issues)
    if known is not None and not (known and is_name(known)):
        issues.append(wrong_pattern(NAME_PATTERN, "Name contains invalid characters", at))
    return known


def _description(value: Any, at: Path, issues: list[Issue]) -> str | None:
    known = values.text(value, at, issues)
    if known is not None and "\0" in known:
        issues.append(broken_rule("A description must not contain a NUL character", at))
    return known


def _nothing(value: Any, at: Path, issues: list[Issue]) -> None:
    issues.append(wrong_type("undefined", value, at))


_CATEGORY: Final[Schema] = (
    Field("label", "label", values.text_of(1), Null.REFUSED, required=True),
    Field("value", "value", values.number, Null.REFUSED, required=True),
)


def _categories(value: Any, at: Path, issues: list[Issue]) -> list[dict[str, Any]] | None:
    """A list of labels with their numbers; further keys are dropped."""
    if not isinstance(value, list):
        issues.append(wrong_type("array", value, at))
        return None
    found = []
    for index, item in enumerate(value):
        if isinstance(item, dict):
            found.append(read_fields(item, _CATEGORY, (*at, index), issues))
        else:
            issues.append(wrong_type("object", item, (*at, index)))
        if len(issues) >= ISSUES_MAX:
            return None
    return found
