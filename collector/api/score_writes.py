"""POST /api/public/scores: one score, or (Python SDK 5) an array of them."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from collector import metrics
from collector.api.access import ScoresAccess
from collector.api.answers import JSONAnswer
from collector.api.intake import (
    client_json,
    keep,
    names_of_score,
    noting,
    now_ms,
    too_many_events,
)
from collector.errors import TooLarge
from collector.ingest.single import read_score_array, read_single_score
from collector.registry.access import Access

router = APIRouter()


@router.post("/api/public/scores")
async def create_scores(request: Request, access: ScoresAccess) -> JSONAnswer:
    # Arrays carry what Python SDKs up to 4 sent to /ingestion, so they get that route's limit.
    bytes_max = request.app.state.services.settings.ingestion_body_bytes_max
    body = await client_json(request, bytes_max)
    if isinstance(body, list):
        return await _create_array(request, access, body)
    score_id, changes = read_single_score(body, now_ms())
    await keep(request, access, changes, "scores")
    return JSONAnswer({"id": score_id})


async def _create_array(request: Request, access: Access, body: list[Any]) -> JSONAnswer:
    scores_max = request.app.state.services.settings.batch_events_max
    try:
        result = read_score_array(body, now_ms(), scores_max)
    except TooLarge as error:
        raise too_many_events(error) from None
    await keep(request, access, result.changes, "scores")
    if not result.errors:
        return JSONAnswer({"message": "Accepted"}, status_code=202)
    metrics.INGEST_EVENTS.labels("scores", "invalid").inc(len(result.errors))
    noted = noting(request, access, result.refused_items, result.errors, names_of_score)
    answer = {
        "accepted": result.accepted_count,
        "rejected": len(result.errors),
        "errors": result.errors,
    }
    return JSONAnswer(answer, status_code=207, background=noted)
