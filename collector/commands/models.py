"""The models and prices that all projects share: list them, load the packaged table or another."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collector.commands.arguments import add_data, add_json, settings_of
from collector.commands.handover import AsyncProgress, carry_out
from collector.commands.opened import opened_registry

if TYPE_CHECKING:
    from collector.registry.models import ModelDefinition
    from collector.registry.registry import Registry

_LISTED_MAX = 10_000


def configure(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    refresh = actions.add_parser("refresh", help="load the packaged table of prices, or a file")
    refresh.add_argument("file", nargs="?", type=Path, help="a table made by `make prices`")
    listing = actions.add_parser("list", help="list models with their prices per million units")
    listing.add_argument("words", nargs="?", default="", help="what the name contains")
    listing.add_argument("--project", metavar="ID", help="with the models of this project's own")
    for action in (refresh, listing):
        add_data(action)
        add_json(action)


def run(arguments: Namespace) -> int:
    file = getattr(arguments, "file", None)
    sent = {
        "action": arguments.action,
        # The service that does the work may stand in another folder.
        "file": None if file is None else str(file.absolute()),
        "words": getattr(arguments, "words", ""),
        "project": getattr(arguments, "project", None),
    }
    result = carry_out(
        settings_of(arguments), "models", sent, opened=opened_registry, perform=perform
    )
    if arguments.json:
        print(json.dumps(result))
    elif arguments.action == "refresh":
        print(f"the registry holds {result['models']} models, priced on {result['dated']}")
    else:
        for model in result["models"]:
            print(_line(model))
    return 0


async def perform(
    registry: "Registry", arguments: dict[str, Any], _progress: AsyncProgress
) -> dict[str, Any]:
    """The work, in the process that owns the registry."""
    if arguments["action"] == "refresh":
        return await _refresh(registry, arguments["file"])
    from collector.registry import models

    found = await registry.run(
        lambda connection: models.search(
            connection, arguments["project"] or "", arguments["words"], _LISTED_MAX
        )
    )
    return {"models": [_listed(model) for model in found]}


async def _refresh(registry: "Registry", file: str | None) -> dict[str, Any]:
    """Loads the table even when the registry holds a newer one: somebody asked for it."""
    from collector.registry import models, price_table

    table = price_table.packaged() if file is None else price_table.read(Path(file))
    loaded = await registry.run(lambda connection: models.load(connection, table, anyway=True))
    await registry.changed_snapshots()
    return {"models": loaded, "dated": table.dated, "version": table.version}


def _listed(model: "ModelDefinition") -> dict[str, Any]:
    prices = next(tier["prices"] for tier in model.tiers if tier["isDefault"])
    return {
        "modelName": model.model_name,
        "matchPattern": model.match_pattern,
        "isOwn": model.project_id is not None,
        "pricedOn": model.priced_on,
        "source": model.source,
        "prices": prices,
    }


def _line(model: dict[str, Any]) -> str:
    shown = {
        key: f"{float(price) * 1_000_000:g}"
        for key, price in model["prices"].items()
        if key in ("input", "output", "total")
    }
    prices = "  ".join(f"{key} {price}" for key, price in shown.items())
    return f"{model['modelName']:<50}  {prices}{'  own' if model['isOwn'] else ''}"
