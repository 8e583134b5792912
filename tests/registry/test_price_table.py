"""The packaged table gives Langfuse's prices, and those of many models that it does not know."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.errors import InvalidRequest
from collector.records.patterns import Pattern
from collector.records.pricing import Catalogue
from collector.registry import price_table

SHARED = Path(__file__).parents[3] / "shared" / "contract" / "langfuse-model-prices.json"


def reference() -> list[dict[str, Any]]:
    """Langfuse's own table, where it lies beside the checkout."""
    if not SHARED.exists():
        return []
    models: list[dict[str, Any]] = json.loads(SHARED.read_text(), parse_float=Decimal)
    return models


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    rows = price_table.packaged().snapshot()
    return Catalogue(rows, names_max=10_000, on_limit=pytest.fail)


def names_of(model: dict[str, Any]) -> list[str]:
    """Texts that the model's pattern means: its dots are dots, its wildcards some words."""
    text = re.sub(r"(?<!\\)\.(?![+*])", r"\\.", model["matchPattern"])
    for wildcard, example in _EXAMPLES.items():
        text = text.replace(wildcard, example)
    names = Pattern(text).alternatives()
    assert names, model["matchPattern"]
    assert all(Pattern(model["matchPattern"]).matches(name) for name in names)
    return names


_EXAMPLES = {
    r"(@[a-zA-Z0-9]+)?": "(@001|@latest)?",
    r"(-\d{4})?": "(-1106)?",
    "(.+)": "(my-org)",
    "(.*)": "(name)?",
    "$$": "$",
}


def circumstances(tier: dict[str, Any]) -> Iterator[tuple[dict[str, int], dict[str, str]]]:
    """Usages and parameters under which the tier is chosen."""
    keys = list(tier["prices"])
    parameters: dict[str, list[str]] = {}
    first = 1_000
    for condition in tier["conditions"]:
        if "source" in condition:
            parameters[condition["key"]] = condition["values"]
        else:
            pattern = condition["usageDetailPattern"].strip("()").split("|")
            keys.sort(key=lambda key: not any(part in key for part in pattern))
            first = int(condition["value"]) + 1
    usage = {key: first if number == 0 else number + 1 for number, key in enumerate(keys)}
    name, values = next(iter(parameters.items()), ("none", ["none"]))
    for value in values:
        yield usage, {name: value}


def test_every_price_of_langfuse_comes_out_the_same(catalogue: Catalogue) -> None:
    differing = []
    for model in reference():
        for name in names_of(model):
            for tier in model["pricingTiers"]:
                for usage, parameters in circumstances(tier):
                    attributes = {"model_parameters": parameters}
                    found = catalogue.price("any", name, usage, attributes)
                    if found is None or dict(found.prices) != tier["prices"]:
                        differing.append((name, tier["name"], parameters))
    assert differing == []


def test_a_condition_bites_only_past_its_number(catalogue: Catalogue) -> None:
    differing = []
    for model in reference():
        default = model["pricingTiers"][0]
        usage = dict.fromkeys(default["prices"], 1)
        for parameters in ({}, {"service_tier": "default"}, {"speed": "standard"}):
            name = names_of(model)[0]
            found = catalogue.price("any", name, usage, {"model_parameters": parameters})
            if found is None or dict(found.prices) != default["prices"]:
                differing.append((name, parameters))
    assert differing == []


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("mistral-large-latest", {"input", "output"}),
        ("mistral/mistral-small-latest", {"input", "output"}),
        ("command-r-plus", {"input", "output"}),
        ("deepseek-chat", {"input", "output", "cache_read_input_tokens"}),
        ("grok-4", {"input", "output", "input_cached_tokens"}),
        ("amazon.nova-pro-v1:0", {"input", "output"}),
        ("us.amazon.nova-lite-v1:0", {"input", "output"}),
        ("azure/gpt-4o", {"input", "output"}),
        ("llama-3.3-70b-versatile", {"input", "output"}),
        ("groq/llama-3.1-8b-instant", {"input", "output"}),
        ("meta-llama/Llama-3.3-70B-Instruct-Turbo", {"input", "output"}),
        ("openrouter/qwen/qwen3-32b", {"input", "output"}),
        ("us.anthropic.claude-opus-4-6-v1:0", {"input_cache_creation_5m"}),
        ("gemini/gemini-2.5-pro", {"promptTokenCount", "thoughts_token_count"}),
        ("models/gemini-2.0-flash", {"input", "output"}),
    ],
)
def test_models_of_other_providers_have_prices(
    catalogue: Catalogue, name: str, keys: set[str]
) -> None:
    found = catalogue.price("any", name, {"input": 1}, {})
    assert found is not None
    assert keys <= found.prices.keys()


@pytest.mark.parametrize("name", ["llama3.1:8b", "nomic-embed-text", "my-local-llama", ""])
def test_local_models_have_none(catalogue: Catalogue, name: str) -> None:
    assert catalogue.price("any", name, {"input": 1}, {}) is None


def test_texts_said_beforehand_are_those_of_the_pattern() -> None:
    said = [row for row in price_table.packaged().snapshot() if row["texts"] is not None]
    assert len(said) > 1_000
    for row in said:
        assert sorted(row["texts"]) == sorted(Pattern(row["pattern"]).alternatives() or ())


def test_the_file_is_small_and_every_pattern_of_it_is_read() -> None:
    table = price_table.packaged()
    rows = list(table.rows())
    assert price_table.PACKAGED.stat().st_size < 400_000
    assert len({row["id"] for row in rows}) == len(rows) > 1_000
    assert len({row["model_name"] for row in rows}) == len(rows)
    for row in rows:
        Pattern(row["match_pattern"])
        keys = [tuple(tier["prices"]) for tier in json.loads(row["tiers"])]
        assert len(set(keys)) == 1


def test_no_name_belongs_to_two_models_but_for_regions_with_prices_of_their_own() -> None:
    owners: dict[str, str] = {}
    for row in price_table.packaged().rows():
        for name in Pattern(row["match_pattern"]).alternatives() or ():
            same = owners.setdefault(name, row["id"]) == row["id"]
            assert same or re.search(r"\b(global|us|eu|in|jp|au|apac)\.", name), name


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"dated":"x"}\n{}', '{"dated":1}\nx', "\n", '{"dated":"x"}']
)
def test_another_file_is_refused_with_its_reason(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text)
    with pytest.raises(InvalidRequest, match=r"prices\.json"):
        price_table.read(path)
