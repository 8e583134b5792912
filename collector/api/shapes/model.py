"""The model object."""

from typing import TYPE_CHECKING, Any

from collector.api.shapes.values import iso_time

if TYPE_CHECKING:
    from collector.registry.models import ModelDefinition


def definition(model: "ModelDefinition") -> dict[str, Any]:
    """A model with its prices, those of the default tier also by themselves."""
    tiers = [
        tier | {"prices": {key: float(price) for key, price in tier["prices"].items()}}
        for tier in model.tiers
    ]
    prices = next(tier["prices"] for tier in tiers if tier["isDefault"])
    return {
        "id": model.id,
        "createdAt": iso_time(model.created_ms),
        "modelName": model.model_name,
        "matchPattern": model.match_pattern,
        "startDate": iso_time(model.start_ms),
        "tokenizerId": model.tokenizer_id,
        "tokenizerConfig": model.tokenizer_config,
        "unit": model.unit,
        "inputPrice": prices.get("input"),
        "outputPrice": prices.get("output"),
        "totalPrice": prices.get("total"),
        "prices": {key: {"price": price} for key, price in prices.items()},
        "isLangfuseManaged": model.project_id is None,
        "pricingTiers": tiers,
    }
