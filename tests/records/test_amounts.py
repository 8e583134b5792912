"""Usage, cost and payload texts."""

from decimal import Decimal
from typing import Any

import pytest

from collector.records.payload import json_text, payload_text
from collector.records.usage import final_cost, final_usage, sum_containing


@pytest.mark.parametrize(
    ("provided", "expected"),
    [
        (None, {}),
        (
            {"input": 1, "cached": 2, "reasoning": 3},
            {"input": 1, "cached": 2, "reasoning": 3, "total": 6},
        ),
        ({"input": 4, "output": -7, "total": -3}, {"input": 4, "total": 4}),
        ({"input": 1, "total": 9}, {"input": 1, "total": 9}),
    ],
)
def test_total_is_the_sum_of_all_when_nobody_gave_one(provided: Any, expected: Any) -> None:
    assert final_usage(provided) == expected


@pytest.mark.parametrize(
    ("provided", "usage", "prices", "expected"),
    [
        ({"input": 0.5, "output": 0.25}, {}, None, {"input": 0.5, "output": 0.25, "total": 0.75}),
        ({"input": 1.0, "other": 2.0}, {}, None, {"input": 1.0, "other": 2.0}),
        ({"total": 0}, {"input": 5}, {"input": "1"}, {"total": 0.0}),
        (None, {"input": 4, "total": 4}, {"input": "0.25"}, {"input": 1.0, "total": 1.0}),
        (None, {"input": 3, "output": 4, "total": 7}, {"total": "0.5"}, {"total": 3.5}),
        (None, {"input": 3, "total": 3}, None, {}),
        ({"a": 9 + 0.2 + 0.2}, {}, None, {"a": 9.399999999999}),
        ({"total": 1e30}, {}, None, {"total": 999999.999999}),
        ({"total": float("inf")}, {}, None, {"total": 999999.999999}),
        (None, {"total": 10**30}, {"total": "1"}, {"total": 999999.999999}),
        (None, {"total": 1e300}, {"total": "0.5"}, {"total": 999999.999999}),
        (
            None,
            {"input": 900, "output": 10, "input_cached": 200, "total": 1110},
            {"input": "0.01", "output": "0.02", "input_cached": "0.001"},
            {"input": 9.0, "output": 0.2, "input_cached": 0.2, "total": 9.399999999999},
        ),
        ({"input_cached": 0.5}, {"input": 4}, {"input": "1"}, {"input_cached": 0.5}),
        (None, {"input": 1}, {"input": "0.00000000000099"}, {"input": 0.0, "total": 0.0}),
    ],
)
def test_given_costs_win_else_price_times_units(
    provided: Any, usage: Any, prices: Any, expected: Any
) -> None:
    decimals = {key: Decimal(value) for key, value in prices.items()} if prices else None
    assert final_cost(provided, usage, decimals) == expected


def test_keys_that_contain_a_word_are_summed_or_none() -> None:
    assert sum_containing({"input": 1, "Input_cached": 2, "output": 5}, "input") == 3
    assert sum_containing({"output": 5}, "input") is None


@pytest.mark.parametrize("value", [None, "", 0, False, 0.0])
def test_what_is_not_truthy_is_no_payload(value: Any) -> None:
    assert payload_text(value) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}"),
        ([], "[]"),
        ("a", "a"),
        (12, "12"),
        ({"ä": [1.0, 1.5]}, '{"ä":[1,1.5]}'),
        ({"n": 9007199254740993}, '{"n":9007199254740992}'),
    ],
)
def test_payloads_are_stored_as_javascript_would_write_them(value: Any, text: str) -> None:
    assert payload_text(value) == text


def test_an_integer_past_64_bits_survives_as_a_float() -> None:
    assert json_text({"n": 1e300}) == '{"n":1e+300}'
    assert json_text({"n": 2**64 - 1}) == '{"n":1.8446744073709552e+19}'
