"""The table of prices is made of the package's data and of what is entered by hand."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from genai_prices import types as public
from genai_prices.data import providers

from collector.registry import price_table
from scripts import build_prices


def model(prices: Any, variants: Any = None) -> Any:
    return public.ModelInfo(
        id="m", match=public.ClauseEquals("m"), prices=prices, price_variants=variants
    )


def price(**by_name: Any) -> Any:
    return public.ModelPrice(
        **{
            name: Decimal(value) if isinstance(value, str) else value
            for name, value in by_name.items()
        }
    )


def tiered(base: str, start: int, above: str) -> Any:
    return public.TieredPrices(base=Decimal(base), tiers=[public.Tier(start, Decimal(above))])


def test_service_tiers_of_one_price_are_one_tier() -> None:
    variants = [
        public.PriceVariant(when={"service_tier": value}, prices=price(**own))
        for value, own in (
            ("default", {}),
            ("priority", {"input_mtok": "4"}),
            ("fast", {"input_mtok": "4"}),
            ("flex", {"input_mtok": "1"}),
        )
    ]
    found = build_prices.tiers_of(model(price(input_mtok="2", output_mtok="8.50"), variants))

    assert [(tier["name"], tier.get("when"), tier["prices"]) for tier in found] == [
        ("Standard", None, {"input": "2", "output": "8.5"}),
        ("Priority", {"service_tier": ["fast", "priority"]}, {"input": "4", "output": "8.5"}),
        ("Flex", {"service_tier": ["flex"]}, {"input": "1", "output": "8.5"}),
    ]


def test_prices_by_the_size_of_the_prompt_are_tiers() -> None:
    found = build_prices.tiers_of(
        model(price(input_mtok=tiered("2", 200_000, "4"), output_mtok="8"))
    )
    assert [(tier.get("above"), tier["prices"]["input"]) for tier in found] == [
        (None, "2"),
        (200_000, "4"),
    ]


def test_of_prices_with_a_start_the_latest_that_has_begun_counts() -> None:
    dated = [
        public.ConditionalPrice(constraint=constraint, prices=price(input_mtok=value))
        for constraint, value in (
            (None, "1"),
            (public.StartDateConstraint(dt.date(2020, 1, 1)), "2"),
            (public.StartDateConstraint(dt.date(9999, 1, 1)), "3"),
        )
    ]
    assert build_prices.tiers_of(model(dated))[0]["prices"] == {"input": "2"}


def test_what_is_not_priced_by_tokens_has_no_tiers() -> None:
    assert build_prices.tiers_of(model(price(requests_kcount="5"))) == []


@pytest.mark.parametrize(
    ("clause", "names"),
    [
        (public.ClauseEquals("a-b"), ["a-b"]),
        (public.ClauseOr([public.ClauseEquals("a"), public.ClauseStartsWith("b-")]), ["a", "b"]),
        (public.ClauseAnd([public.ClauseContains("c"), public.ClauseRegex("x")]), ["c"]),
        (public.ClauseRegex("x"), []),
    ],
)
def test_matching_clauses_become_names(clause: Any, names: list[str]) -> None:
    assert [name for name, _ in build_prices.names_of(clause)] == names


def test_every_provider_is_one_of_the_package() -> None:
    assert build_prices.PROVIDERS.keys() <= {provider.id for provider in providers}


def test_every_entry_made_by_hand_stands_in_the_table_as_it_was_entered() -> None:
    entered = json.loads(build_prices.OVERRIDES.read_text())
    head, *lines = (json.loads(line) for line in price_table.PACKAGED.read_text().splitlines())
    table = {line["name"]: line for line in lines}

    assert head["usage_keys"] == entered["usage_keys"]
    for entry in entered["models"]:
        line = table[entry["name"]]
        assert line["keys"] == entry["keys"]
        assert line["tiers"] == entry.get("tiers", line["tiers"])
        assert bool(entry.get("tiers")) == ("source" in line)
