"""Usage, model, price and cost of an observation, as columns."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from collector.records.payload import json_text
from collector.records.pricing import ModelPrice
from collector.records.tokens import estimated_usage
from collector.records.usage import final_cost, final_usage, has_amount, sum_containing

if TYPE_CHECKING:
    from collector.telemetry.rows import Knowledge

Row = dict[str, Any]
_INTEGER_MAX = 2**53


def amounts(values: Mapping[str, Any], project_id: str, knowledge: "Knowledge") -> Row:
    """What the merged record says and what follows from it."""
    model = values.get("model")
    if not (model or values.get("usage") or values.get("cost")):
        return dict(_NOTHING)
    usage = final_usage(values.get("usage"))
    # Of a record that one event made they are the record's own.
    attributes = values.get("usage_attributes")
    if attributes is None:
        attributes = values
    price = knowledge.price(project_id, model, usage, attributes) if model else None
    is_estimated = False
    if price is not None and not usage and knowledge.estimates_tokens:
        usage = _estimated(values, price)
        if usage:
            is_estimated = True
            price = knowledge.price(project_id, model or "", usage, attributes)
    cost = final_cost(values.get("cost"), usage, price.prices if price else None)
    if model and usage and price is None and not has_amount(values.get("cost")):
        knowledge.count_unpriced()
    return {
        "provided_usage": _json_or_none(values.get("usage")),
        "provided_cost": _json_or_none(values.get("cost")),
        "usage_details": json_text(usage),
        "usage_estimated": is_estimated,
        "cost_details": json_text(cost),
        **_price_columns(price),
        **_sums(usage, cost),
    }


# Of most observations: columns that are not named are null.
_NOTHING: Row = {
    "usage_details": "{}",
    "usage_estimated": False,
    "cost_details": "{}",
    **dict.fromkeys(("input_tokens", "output_tokens", "total_tokens"), 0),
}


def _estimated(values: Mapping[str, Any], price: ModelPrice) -> dict[str, int]:
    """Only where tokens are what is priced, and nobody said what it cost or used."""
    if price.unit != "TOKENS" or not {"input", "output"} <= price.default_prices.keys():
        return {}
    if values.get("level") == "ERROR" or has_amount(values.get("cost")):
        return {}
    return estimated_usage(values.get("input"), values.get("output"))


def _price_columns(price: ModelPrice | None) -> Row:
    known = price.default_prices if price else {}
    return {
        "model_id": price.model_id if price else None,
        "pricing_tier_id": price.tier_id if price else None,
        "pricing_tier_name": price.tier_name if price else None,
        **{f"{kind}_price": _float(known.get(kind)) for kind in ("input", "output", "total")},
    }


def _sums(usage: Mapping[str, int], cost: Mapping[str, float]) -> Row:
    return {
        "input_tokens": _integer(sum_containing(usage, "input") or 0),
        "output_tokens": _integer(sum_containing(usage, "output") or 0),
        "total_tokens": _integer(usage.get("total", 0)),
        "input_cost": sum_containing(cost, "input"),
        "output_cost": sum_containing(cost, "output"),
        "total_cost": cost.get("total"),
    }


def _json_or_none(value: Any) -> str | None:
    return None if value is None else json_text(value)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _integer(value: float) -> int:
    return max(-_INTEGER_MAX, min(_INTEGER_MAX, int(value)))
