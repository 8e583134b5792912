"""`/api/public/sessions`: what belongs together because its traces say so."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request

from collector import metrics
from collector.api.access import ProjectAccess
from collector.api.answers import JSONAnswer, page_answer
from collector.api.ids import path_id
from collector.api.parameters import PAGE, Parameter, moment, read_parameters, texts
from collector.api.reading import Reading, reading
from collector.api.shapes import trace as shape
from collector.api.shapes.values import iso_time
from collector.errors import NotFound, Unprocessable
from collector.services import Services
from collector.telemetry.conditions import Condition
from collector.telemetry.sessions import SessionFilter

router = APIRouter()

_PATH: Final = "/api/public/sessions"
_PAGE_ROWS: Final = 50
_PAYLOAD_CHARACTERS_MAX: Final = 80_000_000
_LIST = {
    **PAGE,
    "fromTimestamp": Parameter(moment),
    "toTimestamp": Parameter(moment),
    "environment": Parameter(texts),
}


@router.get(_PATH)
async def list_sessions(request: Request, access: ProjectAccess) -> JSONAnswer:
    """The last created first."""
    wanted = read_parameters(_LIST, request.query_params)
    place = wanted["page"], wanted["limit"]
    chosen = SessionFilter(
        wanted["fromTimestamp"], wanted["toTimestamp"], tuple(wanted["environment"] or ())
    )
    store = await reading(request, access)
    found = await store.reads.sessions(
        store.project_id, chosen, page=wanted["page"], limit=wanted["limit"]
    )
    data = [_item(row["id"], row, store.project_id) for row in found.rows]
    return page_answer(data, *place, found.total)


@router.get(f"{_PATH}/{path_id('session_id')}")
async def get_session(request: Request, session_id: str, access: ProjectAccess) -> JSONAnswer:
    """With all its traces, the latest first."""
    services: Services = request.app.state.services
    store = await reading(request, access)
    named = await store.reads.sessions_named(store.project_id, [session_id])
    if session_id not in named:
        raise NotFound("Session not found within authorized project")
    traces = await _traces(store, session_id, services.settings.session_traces_max)
    return JSONAnswer(_item(session_id, named[session_id], store.project_id) | {"traces": traces})


async def _traces(store: Reading, session_id: str, traces_max: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    size, number, pages = 0, 0, 1
    while number < pages:
        number += 1
        page = await store.reads.traces(
            store.project_id,
            [Condition("session_id", "=", session_id)],
            page=number,
            limit=_PAGE_ROWS,
            parts=frozenset({"io"}),
        )
        pages = -(-page.total // _PAGE_ROWS)
        size += sum(len(row["input"] or "") + len(row["output"] or "") for row in page.rows)
        if page.total > traces_max or size > _PAYLOAD_CHARACTERS_MAX:
            metrics.LIMIT_HITS.labels("session_traces_max").inc()
            raise Unprocessable(
                f"The traces of session {session_id} are too many or too large to be read at "
                "once; read them with GET /api/public/traces?sessionId=…"
            )
        found += [shape.of_session(row, store.project_id) for row in page.rows]
    return found


def _item(session_id: str, row: Mapping[str, Any], project_id: str) -> dict[str, Any]:
    return {
        "id": session_id,
        "createdAt": iso_time(row["created_ms"]),
        "projectId": project_id,
        "environment": row["environment"],
    }
