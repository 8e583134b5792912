"""What models cost, and which models of the project have no price yet."""

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.access import ForMembers, services_of
from web.answers import page
from web.ranges import RANGES, Range, read_range
from web.reading import is_behind
from web.routes import PageRoute

if TYPE_CHECKING:
    from collector.registry.models import ModelDefinition

router = APIRouter(route_class=PageRoute)

MODELS_SHOWN: Final = 100
_SEARCH_CHARACTERS_MAX: Final = 200
_MILLION: Final = 1_000_000
_CACHED_KEYS: Final = ("input_cached_tokens", "input_cache_read", "cache_read_input_tokens")


def model_line(model: "ModelDefinition") -> dict[str, Any]:
    """One definition, with the default tier's prices per million units. Pure."""
    tier = next(tier for tier in model.tiers if tier["isDefault"])
    prices = {key: float(Decimal(price) * _MILLION) for key, price in tier["prices"].items()}
    cached = next((prices[key] for key in _CACHED_KEYS if key in prices), None)
    return {
        "name": model.model_name,
        "pattern": model.match_pattern,
        "unit": model.unit,
        "is_own": model.project_id is not None,
        **{kind: prices.get(kind) for kind in ("input", "output", "total")},
        "cached": cached,
        "prices": prices,
        "tiers": [tier["name"] for tier in model.tiers],
        "source": model.source,
        "priced_on": model.priced_on,
    }


def example_of(name: str) -> str:
    """A body that prices the name at nothing."""
    pattern = re.sub(r"([.\\+*?()\[\]{}|^$])", r"\\\1", name)
    body = {
        "modelName": name,
        "matchPattern": f"(?i)^({pattern})$",
        "unit": "TOKENS",
        "inputPrice": 0,
        "outputPrice": 0,
    }
    return json.dumps(body, indent=2, ensure_ascii=False)


@router.get("/project/{project_id}/models")
async def show_models(request: Request, project: ForMembers) -> Response:
    """Models with prices by name, and above them those of the last 30 days without one."""
    # Imported here: it brings SQLAlchemy.
    from collector.registry import models

    behind = await is_behind(request, project.id)
    range_: Range = read_range(request.query_params.get("range"), "30d")
    words = request.query_params.get("q", "").replace("\0", "")[:_SEARCH_CHARACTERS_MAX].strip()
    services = services_of(request)
    unpriced = await services.reads.unpriced_models(project.id, range_.from_ms or 0, range_.to_ms)
    found = await services.registry.run(
        lambda connection: models.search(connection, project.id, words, MODELS_SHOWN + 1)
    )
    view = {
        "models": [model_line(model) for model in found[:MODELS_SHOWN]],
        "has_more": len(found) > MODELS_SHOWN,
        "words": words,
        "unpriced": unpriced,
        "example": example_of(unpriced[0]["model"] if unpriced else "llama3.1:8b"),
        "range": {"name": range_.name, "label": range_.label},
        "ranges": [(name, label) for name, (label, _) in RANGES.items()],
        "behind": behind,
    }
    return page(request, "models.html", view)
