"""Final usage and cost of an observation (contract/ingestion.md 8.4, 8.5)."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

_COST_DIGITS = Decimal("0.000000000001")
_COST_MAX = Decimal("999999.999999")
# More is no count: a JavaScript number could not hold it, nor the column a sum of many.
_UNITS_MAX = 2**53 - 1


def final_usage(provided: Mapping[str, Any] | None) -> dict[str, int]:
    """Provided units without what is no count; `total` is the sum of all when nobody gave one."""
    usage = {
        key: int(min(value, _UNITS_MAX))
        for key, value in (provided or {}).items()
        if _is_amount(value)
    }
    if usage and "total" not in usage:
        usage["total"] = min(sum(usage.values()), _UNITS_MAX)
    return usage


def final_cost(
    provided: Mapping[str, Any] | None,
    usage: Mapping[str, int],
    prices: Mapping[str, Decimal] | None,
) -> dict[str, float]:
    """Costs in USD by usage type: those given, else price times units; 12 decimals, cut off."""
    given = {key: float(value) for key, value in (provided or {}).items() if _is_amount(value)}
    if given:
        if "total" not in given and set(given) <= {"input", "output"}:
            given["total"] = sum(given.values())
        return {key: _cut(Decimal(repr(value))) for key, value in given.items()}
    return _computed(usage, prices or {})


def has_amount(provided: Mapping[str, Any] | None) -> bool:
    """Whether anything was given that counts, 0 included."""
    return any(_is_amount(value) for value in (provided or {}).values())


def _computed(usage: Mapping[str, int], prices: Mapping[str, Decimal]) -> dict[str, float]:
    """Each product is exact; the real server adds them up as 64-bit floats, and so must we."""
    costs = {
        key: float(prices[key] * Decimal(units)) for key, units in usage.items() if key in prices
    }
    if costs and "total" not in costs:
        costs["total"] = sum(costs.values())
    return {key: _cut(Decimal(repr(value))) for key, value in costs.items()}


def _is_amount(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _cut(value: Decimal) -> float:
    # Compared first: a number past the context's digits cannot be quantized.
    if value >= _COST_MAX:
        return float(_COST_MAX)
    return float(value.quantize(_COST_DIGITS, rounding=ROUND_DOWN))


def sum_containing(amounts: Mapping[str, float], word: str) -> float | None:
    """The sum of all keys containing `word` in any case; `None` when there is no such key."""
    found = [value for key, value in amounts.items() if word in key.lower()]
    return sum(found) if found else None
