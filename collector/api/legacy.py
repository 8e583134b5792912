"""The oldest SDKs' routes: one trace, span, generation or event per request."""

from fastapi import APIRouter
from starlette.requests import Request

from collector.api.access import ProjectAccess
from collector.api.answers import JSONAnswer
from collector.api.intake import client_json, keep, now_ms
from collector.ingest import bodies
from collector.ingest.single import Written, read_single_observation, read_single_trace
from collector.registry.access import Access

router = APIRouter()


@router.post("/api/public/traces")
async def create_trace(request: Request, access: ProjectAccess) -> JSONAnswer:
    return await _kept(request, access, read_single_trace(await client_json(request), now_ms()))


@router.post("/api/public/spans")
async def create_span(request: Request, access: ProjectAccess) -> JSONAnswer:
    body = await client_json(request)
    span = read_single_observation(body, now_ms(), bodies.POSTED_SPAN, "SPAN")
    return await _kept(request, access, span)


@router.patch("/api/public/spans")
async def update_span(request: Request, access: ProjectAccess) -> JSONAnswer:
    body = await client_json(request)
    span = read_single_observation(body, now_ms(), bodies.PATCHED_SPAN, "SPAN", update=True)
    return await _kept(request, access, span)


@router.post("/api/public/generations")
async def create_generation(request: Request, access: ProjectAccess) -> JSONAnswer:
    body = await client_json(request)
    generation = read_single_observation(body, now_ms(), bodies.POSTED_GENERATION, "GENERATION")
    return await _kept(request, access, generation)


@router.patch("/api/public/generations")
async def update_generation(request: Request, access: ProjectAccess) -> JSONAnswer:
    body = await client_json(request)
    schema = bodies.PATCHED_GENERATION
    generation = read_single_observation(body, now_ms(), schema, "GENERATION", update=True)
    return await _kept(request, access, generation)


@router.post("/api/public/events")
async def create_event(request: Request, access: ProjectAccess) -> JSONAnswer:
    body = await client_json(request)
    event = read_single_observation(body, now_ms(), bodies.POSTED_EVENT, "EVENT")
    return await _kept(request, access, event)


async def _kept(request: Request, access: Access, written: Written) -> JSONAnswer:
    entity_id, changes = written
    await keep(request, access, changes, "single")
    return JSONAnswer({"id": entity_id})
