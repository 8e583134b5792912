"""The v1 observation object."""

from collections.abc import Mapping
from typing import Any

from collector.api.shapes.values import (
    iso_time,
    metadata,
    number,
    payload,
    seconds_between,
    text_as_json,
)

Row = Mapping[str, Any]

# In the metadata of an observation whose tokens nobody counted.
ESTIMATED_KEY = "understudy_usage_estimated"

_ABSENT_USAGE: dict[str, Any] = {
    "model": None,
    "model_id": None,
    "model_parameters": None,
    "usage_details": {},
    "usage_estimated": False,
    "cost_details": {},
    "pricing_tier_id": None,
    "pricing_tier_name": None,
    "input_price": None,
    "output_price": None,
    "total_price": None,
}


def list_item(row: Row, project_id: str) -> dict[str, Any]:
    """As `GET /observations` shows it: never a pricing tier."""
    return _observation(row, project_id) | {
        "usagePricingTierId": None,
        "usagePricingTierName": None,
    }


def single(row: Row, project_id: str) -> dict[str, Any]:
    """As `GET /observations/{id}` shows it: with the tier that priced it."""
    return _observation(row, project_id)


def of_trace(row: Row, project_id: str) -> dict[str, Any]:
    """As it stands inside its trace: an absent price is 0."""
    item = _observation(row, project_id)
    for price in ("inputPrice", "outputPrice", "totalPrice"):
        item[price] = item[price] or 0
    return item


def total_cost(row: Row) -> float:
    """What the v1 object says it cost."""
    return (as_legacy(row)["cost_details"] or {}).get("total") or 0


def _observation(row: Row, project_id: str) -> dict[str, Any]:
    row = as_legacy(row)
    return _identity(row, project_id) | _model(row) | _usage(row)


def as_legacy(row: Row) -> Row:
    """OTLP spans and events have neither model nor usage in v1, and events no end."""
    if row["source"] != "otel" or row["type"] not in ("SPAN", "EVENT"):
        return row
    ended = {"end_ms": None} if row["type"] == "EVENT" else {}
    return {**row, **_ABSENT_USAGE, **ended}


def _identity(row: Row, project_id: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "traceId": row["trace_id"],
        "startTime": iso_time(row["start_ms"]),
        "endTime": iso_time(row["end_ms"]),
        "projectId": project_id,
        "parentObservationId": row["parent_id"],
        "type": row["type"],
        "environment": row["environment"],
        "name": row["name"] or "",
        "level": row["level"],
        "statusMessage": row["status_message"],
        "version": row["version"],
        "createdAt": iso_time(row["created_ms"]),
        "updatedAt": iso_time(row["updated_ms"]),
        "input": payload(row.get("input")),
        "output": payload(row.get("output")),
        "metadata": metadata(row.get("metadata")) | _marker(row),
    }


def _marker(row: Row) -> dict[str, Any]:
    """Nothing else in the object tells a count from an estimate."""
    return {ESTIMATED_KEY: True} if row.get("usage_estimated") else {}


def _model(row: Row) -> dict[str, Any]:
    parameters = row["model_parameters"]
    return {
        "model": row["model"],
        "modelParameters": text_as_json(parameters) if isinstance(parameters, str) else parameters,
        "completionStartTime": iso_time(row["completion_start_ms"]),
        "promptId": row["prompt_id"],
        "promptName": row["prompt_name"],
        "promptVersion": row["prompt_version"],
        "latency": seconds_between(row["start_ms"], row["end_ms"]),
        "timeToFirstToken": seconds_between(row["start_ms"], row["completion_start_ms"]),
        "modelId": row["model_id"],
    }


def _usage(row: Row) -> dict[str, Any]:
    usage = row["usage_details"] or {}
    costs = {key: number(cost) for key, cost in (row["cost_details"] or {}).items()}
    tokens = {
        "input": _sum_of(usage, "input") or 0,
        "output": _sum_of(usage, "output") or 0,
        "total": usage.get("total") or 0,
    }
    return {
        "usageDetails": usage,
        "costDetails": costs,
        "usagePricingTierId": row["pricing_tier_id"] if usage else None,
        "usagePricingTierName": row["pricing_tier_name"] if usage else None,
        "inputPrice": row["input_price"],
        "outputPrice": row["output_price"],
        "totalPrice": row["total_price"],
        "calculatedInputCost": _sum_of(costs, "input"),
        "calculatedOutputCost": _sum_of(costs, "output"),
        "calculatedTotalCost": costs.get("total") or 0,
        "unit": "TOKENS",
        "promptTokens": tokens["input"],
        "completionTokens": tokens["output"],
        "totalTokens": tokens["total"],
        "usage": {"unit": "TOKENS", **tokens},
    }


def _sum_of(amounts: Mapping[str, float], part: str) -> float | None:
    """The sum over the keys that contain `part`, in their case; None if there is no such key."""
    found = [amount for key, amount in amounts.items() if part in key]
    return sum(found) if found else None
