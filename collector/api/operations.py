"""For operators and probes: health, readiness, metrics. Health and ready take any method."""

import time

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from collector import metrics
from collector.api.access import Public, metrics_access
from collector.api.answers import JSONAnswer
from collector.errors import Unavailable
from collector.services import Services

router = APIRouter()

# The level of Langfuse we answer as; clients read it to decide what we can do.
LANGFUSE_VERSION = "4.16.0"
_ANY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_RECENT_SECONDS = 180


@router.api_route("/api/public/health", methods=_ANY_METHOD, dependencies=[Public])
async def health(request: Request) -> JSONAnswer:
    """Whether we are alive; two parameters ask for more."""
    services: Services = request.app.state.services
    try:
        fault = await _fault(services, request)
    except Unavailable:
        fault = "Health check failed"
    return _status(fault or "OK", 503 if fault else 200)


async def _fault(services: Services, request: Request) -> str | None:
    asked = request.query_params
    if asked.get("failIfDatabaseUnavailable") == "true":
        try:
            await services.registry.check()
        except Unavailable:
            return "Database not available"
    if asked.get("failIfNoRecentEvents") == "true" and not await _has_recent_events(services):
        return "No observations within the last 3 minutes"
    return None


async def _has_recent_events(services: Services) -> bool:
    # Imported here: it brings SQLAlchemy, a second of the start.
    from collector.registry import projects

    since_ms = (time.time() - _RECENT_SECONDS) * 1000
    for project in await services.registry.run(projects.every):
        newest_ms = (await services.reads.counts(project.id))["newest_ms"]
        if newest_ms >= since_ms:
            return True
    return False


@router.api_route("/api/public/ready", methods=_ANY_METHOD, dependencies=[Public])
async def ready(request: Request) -> JSONAnswer:
    """Whether requests should be sent here; 500 from the first moment of shutting down."""
    services: Services = request.app.state.services
    return _status("Shutting down", 500) if services.closing else _status("OK", 200)


def _status(status: str, code: int) -> JSONAnswer:
    return JSONAnswer({"status": status, "version": LANGFUSE_VERSION}, status_code=code)


@router.get("/healthz", dependencies=[Public])
async def healthz() -> JSONAnswer:
    """The process answers."""
    return JSONAnswer({"status": "OK"})


@router.get("/readyz", dependencies=[Public])
async def readyz(request: Request) -> JSONAnswer:
    """The store takes events; `problems` says, a sentence each, what an operator should look at."""
    services: Services = request.app.state.services
    status = "shutting down" if services.closing else "OK"
    problems = [*services.store.problems(), *([services.fault] if services.fault else [])]
    answer = {"status": status, "problems": problems}
    return JSONAnswer(answer, status_code=503 if services.closing else 200)


@router.get("/metrics", dependencies=[Depends(metrics_access)])
async def prometheus() -> Response:
    """Every metric, in Prometheus' text form."""
    return Response(metrics.exposition(), headers={"content-type": metrics.CONTENT_TYPE})
