"""Usage and cost stay amounts, whatever a client or a price list says."""

import math
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from collector.ingest.usage import combined_cost, combined_usage, cost_details, usage_details
from collector.records.payload import json_text
from collector.records.usage import final_cost, final_usage

_KEYS = st.sampled_from(["input", "output", "total", "cached", "input_x", ""])
_ANYTHING: st.SearchStrategy[Any] = (
    st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([None, True, "3.7", "-2", 10**30, -(10**30), [], {}])
)
_MAPS = st.dictionaries(_KEYS, _ANYTHING, max_size=5)
_PRICES = st.none() | st.dictionaries(
    _KEYS, st.decimals(0, 10**9, allow_nan=False, allow_infinity=False), max_size=4
)
_COST_MAX = 999999.999999


@given(_MAPS)
@example({f"k{number}": 2**53 - 1 for number in range(3_000)})
@example({"input": math.inf})
def test_units_are_never_negative_and_have_a_total(provided: dict[str, Any]) -> None:
    usage = final_usage(provided)
    assert all(0 <= value < 2**53 for value in usage.values())
    assert ("total" in usage) == bool(usage)
    parts = sum(value for key, value in usage.items() if key != "total")
    if "total" not in provided:
        assert usage.get("total", 0) == min(parts, 2**53 - 1)
    assert json_text(usage)


@given(_MAPS, _MAPS, _PRICES)
def test_costs_are_never_negative_nor_past_their_bound(
    provided: dict[str, Any], units: dict[str, Any], prices: dict[str, Decimal] | None
) -> None:
    cost = final_cost(provided, final_usage(units), prices)
    assert all(0 <= value <= _COST_MAX for value in cost.values())
    assert "null" not in json_text(cost)


@given(_MAPS, _PRICES)
def test_a_computed_cost_has_a_total_no_smaller_than_a_part(
    units: dict[str, Any], prices: dict[str, Decimal] | None
) -> None:
    cost = final_cost(None, final_usage(units), prices)
    if cost and "total" not in (prices or {}):
        assert cost["total"] >= max(cost.values())


@given(_MAPS)
def test_what_a_client_says_of_amounts_is_read_without_a_fault(said: dict[str, Any]) -> None:
    finite = {k: v for k, v in said.items() if not isinstance(v, float) or math.isfinite(v)}
    usage = combined_usage({}, usage_details(finite, (), []) or {})
    cost = combined_cost({}, cost_details(finite, (), []) or {})
    assert all(value >= 0 for value in (*usage.values(), *cost.values()))
