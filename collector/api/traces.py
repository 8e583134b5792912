"""`/api/public/traces`: the list and one trace in full."""

import asyncio
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
    conditions_of,
    groups,
    moment,
    order,
    read_parameters,
    text,
    texts,
)
from collector.api.reading import Reading, reading
from collector.api.shapes import trace as shape
from collector.errors import InvalidRequest, NotFound, Unprocessable
from collector.telemetry.reads import ChildScope

router = APIRouter()

_GROUPS = groups(*shape.GROUPS)
_ALL_GROUPS = frozenset(shape.GROUPS)
_FIELDS = Parameter(_GROUPS, default=_ALL_GROUPS)
_LIST = {
    **PAGE,
    "userId": Parameter(text, "user_id"),
    "name": Parameter(text, "name"),
    "tags": Parameter(texts, "tags", "all of"),
    "sessionId": Parameter(text, "session_id"),
    "version": Parameter(text, "version"),
    "release": Parameter(text, "release"),
    "environment": Parameter(texts, "environment", "any of"),
    "fromTimestamp": Parameter(moment, "timestamp_ms", ">="),
    "toTimestamp": Parameter(moment, "timestamp_ms", "<"),
    **FILTER,
    "orderBy": Parameter(order, default=("timestamp", True)),
    "fields": _FIELDS,
}
_ORDER_COLUMNS = {
    "id": "id",
    "timestamp": "timestamp_ms",
    "name": "name",
    "userId": "user_id",
    "release": "release",
    "version": "version",
    "public": "public",
    "bookmarked": "bookmarked",
    "sessionId": "session_id",
}
_OBSERVATIONS_MAX = 10_000
_PAYLOAD_CHARACTERS_MAX = 80_000_000


@router.get("/api/public/traces")
async def list_traces(request: Request, access: ProjectAccess) -> JSONAnswer:
    """One page, newest first unless ordered otherwise."""
    values = read_parameters(_LIST, request.query_params)
    order_by = _order_of(values)
    store = await reading(request, access)
    page = await store.reads.traces(
        store.project_id,
        conditions_of(_LIST, values),
        order=order_by,
        page=values["page"],
        limit=values["limit"],
        parts=values["fields"] - {"core"},
        scope=_scope_of(values),
    )
    data = [shape.list_item(row, store.project_id, values["fields"]) for row in page.rows]
    return page_answer(data, values["page"], values["limit"], page.total)


def _scope_of(values: Mapping[str, Any]) -> ChildScope:
    """Observations and scores of other environments, or from long before, do not count."""
    return ChildScope(tuple(values["environment"] or ()), values["fromTimestamp"])


def _order_of(values: Mapping[str, Any]) -> tuple[str, bool]:
    column, descending = values["orderBy"]
    if column not in _ORDER_COLUMNS:
        raise InvalidRequest(f"Invalid order by column: {column}")
    return _ORDER_COLUMNS[column], descending


@router.get("/api/public/traces/" + path_id("trace_id"))
async def get_trace(request: Request, trace_id: str, access: ProjectAccess) -> JSONAnswer:
    """The trace with its observations and scores, if a trace record exists."""
    fields = read_parameters({"fields": _FIELDS}, request.query_params)["fields"]
    store = await reading(request, access)
    row = await store.reads.trace(store.project_id, trace_id, with_io="io" in fields)
    if row is None or not row["has_record"]:
        raise NotFound(f"Trace {trace_id} not found within authorized project")
    observations, scores = await asyncio.gather(
        _observations(store, trace_id, fields), _scores(store, trace_id, fields)
    )
    return JSONAnswer(shape.full(row, store.project_id, fields, observations, scores))


async def _observations(
    store: Reading, trace_id: str, fields: frozenset[str]
) -> list[dict[str, Any]]:
    if not fields & {"observations", "metrics"}:
        return []
    rows: list[dict[str, Any]] = await store.reads.observations_of_trace(
        store.project_id, trace_id, with_io="observations" in fields, limit=_OBSERVATIONS_MAX
    )
    size = sum(len(row.get("input") or "") + len(row.get("output") or "") for row in rows)
    if size > _PAYLOAD_CHARACTERS_MAX:
        raise Unprocessable(
            f"The observations of trace {trace_id} are too large to be read at once; "
            "read them with GET /api/public/observations?traceId=…"
        )
    return rows


async def _scores(store: Reading, trace_id: str, fields: frozenset[str]) -> list[dict[str, Any]]:
    if "scores" not in fields:
        return []
    rows: list[dict[str, Any]] = await store.reads.scores_of_trace(store.project_id, trace_id)
    return rows
