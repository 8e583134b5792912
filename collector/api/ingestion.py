"""POST /api/public/ingestion: batches of events, answered once they are durable."""

from fastapi import APIRouter
from starlette.requests import Request

from collector import metrics
from collector.api.access import IngestionAccess
from collector.api.answers import JSONAnswer
from collector.api.intake import client_json, keep, names_of_event, noting, too_many_events
from collector.errors import TooLarge
from collector.ingest.batch import InvalidBatch, read_batch

router = APIRouter()


@router.post("/api/public/ingestion")
async def ingest_batch(request: Request, access: IngestionAccess) -> JSONAnswer:
    settings = request.app.state.services.settings
    body = await client_json(request, settings.ingestion_body_bytes_max)
    try:
        result = read_batch(body, access.level, settings.batch_events_max)
    except InvalidBatch as error:
        refusal = {"message": "Invalid request data", "errors": [error.message]}
        return JSONAnswer(refusal, status_code=error.status)
    except TooLarge as error:
        raise too_many_events(error) from None
    await keep(request, access, result.changes, "ingestion")
    for reason, count in result.rejected_counts.items():
        metrics.INGEST_EVENTS.labels("ingestion", reason).inc(count)
    noted = noting(request, access, result.refused_items, result.errors, names_of_event)
    return JSONAnswer(result.answer(), status_code=207, background=noted)
