"""One trace: its tree, and the selected observation beside it."""

import asyncio
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from collector.errors import NotFound
from collector.guardrails.owasp import owasp_ids
from collector.records.media import Reference
from web.access import ForMembers, VisibleProject, services_of
from web.addresses import address, root_path
from web.answers import page, wants_json, wants_part
from web.formats import scalar
from web.pages.guardrails import OWASP_EDITION
from web.payloads import IMAGES, Payload, conversation_in, media_of_metadata, payload
from web.reading import is_behind
from web.routes import PageRoute
from web.tree import Tree, build_tree

router = APIRouter(route_class=PageRoute)

ROWS_SHOWN: Final = 500
ROWS_SHOWN_MAX: Final = 2_000
OBSERVATIONS_MAX: Final = 10_000
KINDS: Final = frozenset(
    {
        *("span", "generation", "event", "agent", "tool", "chain", "retriever"),
        *("evaluator", "embedding", "guardrail"),
    }
)
_RAW_FIELDS: Final = ("input", "output", "metadata")
_TICKS: Final = 4


def usage_lines(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Usage and cost by type: the largest first, the total last."""
    units: dict[str, float] = row.get("usage_details") or {}
    costs: dict[str, float] = row.get("cost_details") or {}
    names = sorted(
        {*units, *costs}, key=lambda name: (name == "total", -(units.get(name) or 0), name)
    )
    return [{"type": name, "units": units.get(name), "cost": costs.get(name)} for name in names]


def shown_score(score: dict[str, Any]) -> dict[str, Any]:
    """A score with its value as a reader wants it."""
    text = score.get("string_value") or score.get("long_string_value")
    value = score.get("value")
    number = "" if value is None else f"{value:g}"
    return {**score, "shown": text or number}


def ticks(length_ms: int) -> list[float]:
    """The times on the ruler."""
    return [length_ms * part / _TICKS for part in range(_TICKS + 1)]


def _rows_shown(request: Request) -> int:
    asked = request.query_params.get("rows", "")
    return ROWS_SHOWN_MAX if asked.isdigit() and int(asked[:6]) > ROWS_SHOWN else ROWS_SHOWN


def _selected_id(request: Request) -> str | None:
    """`observation` is the parameter in links that Langfuse's SDKs and tools make."""
    return request.query_params.get("o") or request.query_params.get("observation")


@router.get("/project/{project_id}/traces/{trace_id:path}/observations/{observation_id:path}/raw")
async def show_raw(
    request: Request, project: ForMembers, trace_id: str, observation_id: str
) -> Response:
    """The whole text of one field of an observation."""
    await is_behind(request, project.id)
    row = await services_of(request).reads.observation(project.id, observation_id)
    if row is None or row.get("trace_id") != trace_id:
        raise NotFound(f"This trace has no observation {observation_id}")
    return _raw(request, row)


@router.get("/project/{project_id}/traces/{trace_id:path}/raw")
async def show_raw_of_trace(request: Request, project: ForMembers, trace_id: str) -> Response:
    """The whole text of one field of the trace itself."""
    await is_behind(request, project.id)
    return _raw(request, await _trace(request, project, trace_id))


def _raw(request: Request, row: dict[str, Any]) -> Response:
    """Always plain text: the browser must not take what a model wrote for a page."""
    field = request.query_params.get("field", "input")
    if field not in _RAW_FIELDS:
        raise NotFound(f"There is no field {field}; choose one of {', '.join(_RAW_FIELDS)}")
    value = row.get(field)
    text = value if isinstance(value, str) else "" if value is None else scalar(value)
    return Response(
        text.encode("utf-8", "replace"),
        media_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "private, no-store"},
    )


@router.get("/project/{project_id}/traces/{trace_id:path}")
async def show_trace(request: Request, project: ForMembers, trace_id: str) -> Response:
    """The whole page, or only the observation when htmx asks for it."""
    behind = await is_behind(request, project.id)
    trace = await _trace(request, project, trace_id)
    detail = await _detail_view(request, project, trace)
    if wants_part(request) and not wants_json(request):
        return page(request, "parts/_detail.html", detail)
    rows = await services_of(request).reads.observations_of_trace(
        project.id, trace_id, with_io=False, limit=OBSERVATIONS_MAX
    )
    tree = build_tree(rows, _rows_shown(request))
    view = {**detail, **_tree_view(request, project, trace_id, tree), "behind": behind}
    if wants_json(request):
        view = _plain(view, tree)
    if len(tree.nodes) > ROWS_SHOWN:
        # Drawn beside the event loop, which has other requests to answer meanwhile.
        return await asyncio.to_thread(page, request, "trace.html", view)
    return page(request, "trace.html", view)


async def _trace(request: Request, project: VisibleProject, trace_id: str) -> dict[str, Any]:
    trace = await services_of(request).reads.trace(project.id, trace_id)
    if trace is None:
        raise NotFound(f"{project.name} has no trace {trace_id}")
    return trace


def _tree_view(
    request: Request, project: VisibleProject, trace_id: str, tree: Tree
) -> dict[str, Any]:
    base = address(request, "project", project.id, "traces", trace_id)
    rows = request.query_params.get("rows")
    more = f"&{urlencode({'rows': rows})}" if rows else ""

    def link(observation_id: str | None) -> str:
        chosen = f"o={quote(observation_id, safe='')}" if observation_id else ""
        asked = (chosen + more).removeprefix("&")
        return f"{base}?{asked}" if asked else base

    return {"tree": tree, "ticks": ticks(tree.length_ms), "link": link}


async def _detail_view(
    request: Request, project: VisibleProject, trace: dict[str, Any]
) -> dict[str, Any]:
    """The selected observation; the trace itself when none is selected or there is no such."""
    reads = services_of(request).reads
    asked = _selected_id(request)
    row = await reads.observation(project.id, asked) if asked else None
    if row is not None and row.get("trace_id") != trace["id"]:
        row = None
    scores = await reads.scores_of_trace(project.id, trace["id"])
    shown = row or trace
    base = ["project", project.id, "traces", trace["id"]]
    raw = [*base, "observations", row["id"], "raw"] if row else [*base, "raw"]
    own_id = row["id"] if row else None
    return {
        "trace": trace,
        "selected": row,
        "missing": asked if row is None else None,
        "kinds": KINDS,
        "parts": [_part(request, name, shown.get(name), raw) for name in ("input", "output")],
        "metadata": shown.get("metadata") or {},
        "metadata_media": media_of_metadata(shown.get("metadata")),
        "media_address": partial(_media_address, request, project.id),
        "image_types": IMAGES,
        "usage": usage_lines(row) if row else [],
        "owasp": owasp_ids(row.get("guard_category"), OWASP_EDITION) if row else [],
        "scores": [shown_score(score) for score in scores if score["observation_id"] == own_id],
    }


def _media_address(request: Request, project_id: str, media: Reference) -> str:
    """Signed, so that the browser needs nothing else to load it."""
    signer = services_of(request).signer
    return root_path(request) + signer.sign(project_id, media.media_id, media.content_type)[0]


def _part(request: Request, name: str, stored: str | None, raw: list[str]) -> dict[str, Any]:
    shown: Payload = payload(stored, raw=request.query_params.get("view") == "json")
    return {
        "title": name.capitalize(),
        "shown": shown,
        "is_conversation": shown.kind == "chat"
        or (shown.kind == "json" and conversation_in(stored)),
        "raw": address(request, *raw, field=name),
    }


def _plain(view: dict[str, Any], tree: Tree) -> dict[str, Any]:
    """The page as data."""
    observations = [
        {**node.row, "depth": node.depth, "cost_sum": node.cost_sum} for node in tree.nodes
    ]
    kept = ("trace", "selected", "missing", "metadata", "usage", "owasp", "scores", "behind")
    return {
        **{name: view[name] for name in kept},
        "observations": observations,
        "observation_count": tree.total,
    }
