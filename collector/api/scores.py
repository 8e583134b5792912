"""Reading scores: `/api/public/scores` (v1) and `/api/public/v2/scores`."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request

from collector.api.access import ProjectAccess
from collector.api.answers import JSONAnswer, page_answer
from collector.api.filters import FILTER
from collector.api.ids import path_id
from collector.api.parameters import (
    PAGE,
    Parameter,
    Table,
    choice,
    comma_list,
    conditions_of,
    groups,
    moment,
    number,
    read_parameters,
    text,
    texts,
)
from collector.api.reading import reading
from collector.api.shapes import score as shape
from collector.errors import InvalidRequest, NotFound
from collector.telemetry.conditions import Condition

router = APIRouter()

_V1 = {
    **PAGE,
    "userId": Parameter(text, "trace_user_id"),
    "name": Parameter(text, "name"),
    "dataType": Parameter(
        choice("NUMERIC", "CATEGORICAL", "BOOLEAN", "CORRECTION", "TEXT"), "data_type"
    ),
    "configId": Parameter(text, "config_id"),
    "queueId": Parameter(text, "queue_id"),
    "traceTags": Parameter(texts, "trace_tags", "all of"),
    "environment": Parameter(texts, "environment", "any of"),
    "fromTimestamp": Parameter(moment, "timestamp_ms", ">="),
    "toTimestamp": Parameter(moment, "timestamp_ms", "<"),
    "source": Parameter(choice("API", "EVAL", "ANNOTATION"), "source"),
    "value": Parameter(number),
    "operator": Parameter(choice("<", ">", "<=", ">=", "!=", "=")),
    "scoreIds": Parameter(comma_list, "id", "any of"),
    **FILTER,
}
_V2 = {
    **_V1,
    "sessionId": Parameter(text, "session_id"),
    "traceId": Parameter(text, "trace_id"),
    "datasetRunId": Parameter(text, "dataset_run_id"),
    "observationId": Parameter(comma_list, "observation_id", "any of"),
    "fields": Parameter(groups("score", "trace"), default=frozenset({"score", "trace"})),
}
_OF_TRACES = [
    Condition("trace_id", "is not null", ""),
    Condition("data_type", "any of", list(shape.LISTABLE_TYPES)),
]
_TRACE_FILTER_WITHOUT_TRACE = (
    "Cannot filter by trace properties (userId, traceTags) when 'trace' field is not included. "
    "Please add 'trace' to the fields parameter or remove trace filters."
)


def _conditions(table: Table, values: Mapping[str, Any]) -> list[Condition]:
    found = conditions_of(table, values)
    if values["value"] is not None and values["operator"] is not None:
        found.append(Condition("value", values["operator"], values["value"]))
    return found


@router.get("/api/public/scores")
async def list_scores_v1(request: Request, access: ProjectAccess) -> JSONAnswer:
    """One page of the scores of known traces, newest first."""
    values = read_parameters(_V1, request.query_params)
    store = await reading(request, access)
    page = await store.reads.scores(
        store.project_id,
        [*_OF_TRACES, *_conditions(_V1, values)],
        page=values["page"],
        limit=values["limit"],
        known_traces_only=True,
    )
    data = [shape.v1(row, store.project_id) | {"trace": shape.trace_v1(row)} for row in page.rows]
    return page_answer(data, values["page"], values["limit"], page.total)


@router.get("/api/public/v2/scores")
async def list_scores_v2(request: Request, access: ProjectAccess) -> JSONAnswer:
    """One page, newest first; with the group `trace` those of unknown traces are left out."""
    values = read_parameters(_V2, request.query_params)
    with_trace = "trace" in values["fields"]
    if "score" not in values["fields"]:
        raise InvalidRequest("Scores needs to be selected always.")
    if not with_trace and (values["userId"] is not None or values["traceTags"] is not None):
        raise InvalidRequest(_TRACE_FILTER_WITHOUT_TRACE)
    store = await reading(request, access)
    page = await store.reads.scores(
        store.project_id,
        _conditions(_V2, values),
        page=values["page"],
        limit=values["limit"],
        known_traces_only=with_trace,
    )
    data = [
        shape.v2(row, store.project_id) | {"trace": shape.trace_v2(row) if with_trace else None}
        for row in page.rows
    ]
    return page_answer(data, values["page"], values["limit"], page.total)


@router.get("/api/public/scores/" + path_id("score_id"))
async def get_score_v1(request: Request, score_id: str, access: ProjectAccess) -> JSONAnswer:
    """A score of a trace or an observation."""
    row = await _row(request, access, score_id)
    if row["trace_id"] is None or row["data_type"] not in shape.LISTABLE_TYPES:
        raise NotFound("Score not found")
    return JSONAnswer(shape.v1(row, access.project_id or ""))


@router.get("/api/public/v2/scores/" + path_id("score_id"))
async def get_score_v2(request: Request, score_id: str, access: ProjectAccess) -> JSONAnswer:
    """A score of anything."""
    row = await _row(request, access, score_id)
    return JSONAnswer(shape.v2(row, access.project_id or ""))


async def _row(request: Request, access: ProjectAccess, score_id: str) -> dict[str, Any]:
    store = await reading(request, access)
    row: dict[str, Any] | None = await store.reads.score(store.project_id, score_id)
    if row is None:
        raise NotFound("Score not found")
    return row
