"""`/api/public/observations`, version 1: the list and one observation."""

from fastapi import APIRouter, Request

from collector.api.access import ProjectAccess
from collector.api.answers import JSONAnswer, page_answer
from collector.api.filters import FILTER
from collector.api.ids import path_id
from collector.api.parameters import (
    PAGE,
    Parameter,
    choice,
    conditions_of,
    moment,
    read_parameters,
    text,
    texts,
)
from collector.api.reading import reading
from collector.api.shapes import observation as shape
from collector.errors import NotFound

router = APIRouter()

TYPES = (
    "GENERATION",
    "SPAN",
    "EVENT",
    "AGENT",
    "TOOL",
    "CHAIN",
    "RETRIEVER",
    "EVALUATOR",
    "EMBEDDING",
    "GUARDRAIL",
)
LEVELS = ("DEBUG", "DEFAULT", "WARNING", "ERROR")
_LIST = {
    **PAGE,
    "name": Parameter(text, "name"),
    "userId": Parameter(text, "trace_user_id"),
    "type": Parameter(choice(*TYPES), "type"),
    "level": Parameter(choice(*LEVELS), "level"),
    "traceId": Parameter(text, "trace_id"),
    "version": Parameter(text, "version"),
    "parentObservationId": Parameter(text, "parent_id"),
    "environment": Parameter(texts, "environment", "any of"),
    "fromStartTime": Parameter(moment, "start_ms", ">="),
    "toStartTime": Parameter(moment, "start_ms", "<"),
    **FILTER,
}


@router.get("/api/public/observations")
async def list_observations(request: Request, access: ProjectAccess) -> JSONAnswer:
    """One page, latest start first."""
    values = read_parameters(_LIST, request.query_params)
    store = await reading(request, access)
    page = await store.reads.observations(
        store.project_id,
        conditions_of(_LIST, values),
        page=values["page"],
        limit=values["limit"],
    )
    data = [shape.list_item(row, store.project_id) for row in page.rows]
    return page_answer(data, values["page"], values["limit"], page.total)


@router.get("/api/public/observations/" + path_id("observation_id"))
async def get_observation(
    request: Request, observation_id: str, access: ProjectAccess
) -> JSONAnswer:
    """One observation, also if its trace is unknown."""
    store = await reading(request, access)
    row = await store.reads.observation(store.project_id, observation_id)
    if row is None:
        raise NotFound(f"Observation with id {observation_id} not found")
    return JSONAnswer(shape.single(row, store.project_id))
