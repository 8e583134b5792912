"""Which model a name belongs to, and which tier prices it."""

import json
from decimal import Decimal
from typing import Any

import pytest

from collector.records.pricing import MODEL_NAME_CHARACTERS_MAX, Catalogue, attributes_of

STANDARD = {"id": "d", "name": "Standard", "isDefault": True, "priority": 0, "conditions": []}


def row(name: str, pattern: str | None = None, **more: Any) -> dict[str, Any]:
    tiers = more.pop("tiers", [STANDARD | {"prices": {"input": "0.5"}}])
    return {
        "id": more.pop("id", name),
        "project_id": None,
        "name": name,
        "pattern": pattern or f"(?i)^{name}$",
        "start_ms": None,
        "unit": "TOKENS",
        "tiers": json.dumps(tiers),
        **more,
    }


def catalogue(*rows: dict[str, Any], names_max: int = 100) -> Catalogue:
    return Catalogue(rows, names_max=names_max, on_limit=pytest.fail)


def found(known: Catalogue, name: str, project_id: str = "p") -> str | None:
    model = known.find(project_id, name)
    return None if model is None else model.id


@pytest.mark.parametrize("pattern", ["(?i)^m$", "(?i)^m.*$"])
def test_the_projects_own_goes_before_those_of_all_and_of_no_other(pattern: str) -> None:
    known = catalogue(
        row("m", pattern, id="all", start_ms=9_999_999_999_999),
        row("m", pattern, id="own", project_id="p"),
        row("m", pattern, id="other", project_id="q", start_ms=5),
    )
    assert [found(known, "m", each) for each in ("p", "q", "r")] == ["own", "other", "all"]


@pytest.mark.parametrize("pattern", ["(?i)^m$", "(?i)^m.*$"])
def test_the_latest_start_wins_even_in_the_future_and_none_comes_last(pattern: str) -> None:
    known = catalogue(
        row("m", "(?i)^m$", id="none"),
        row("m", pattern, id="old", start_ms=1),
        row("m", pattern, id="new", start_ms=9_999_999_999_999),
    )
    assert found(known, "m") == "new"


def test_of_equal_rank_the_name_that_says_more_wins() -> None:
    known = catalogue(row("gpt", "^gpt"), row("gpt-4o", "^gpt-4o"), row("x", "(?i)^gpt-4o-mini$"))
    assert [found(known, name) for name in ("gpt-4", "gpt-4o-x", "gpt-4o-mini")] == [
        "gpt",
        "gpt-4o",
        "x",
    ]


def test_a_pattern_that_cannot_be_read_matches_nothing() -> None:
    assert found(catalogue(row("m", "(")), "(") is None


def test_no_more_names_are_remembered_than_allowed() -> None:
    known = catalogue(row("m", "^m"), names_max=3)
    for number in range(10):
        assert found(known, f"m{number}") == "m"
    assert len(known._found) == 3


def test_a_name_or_pattern_beyond_a_limit_costs_little_and_is_counted() -> None:
    hits: list[str] = []
    costly = [row(f"m{n}", r"^(.*)(.*)(.*)\1\2\3x$") for n in range(20)]
    known = Catalogue(costly, names_max=10, on_limit=hits.append)
    assert found(known, "a" * (MODEL_NAME_CHARACTERS_MAX + 1)) is None
    assert hits == ["model_name_characters_max"]
    assert found(known, "a" * MODEL_NAME_CHARACTERS_MAX) is None
    assert set(hits[1:]) == {"pattern_steps_max"}
    seen = len(hits)
    for length in range(20):
        assert found(known, "a" * (200 + length)) is None
    assert seen <= len(hits) <= len(costly) + 3


TIERED = row(
    "m",
    tiers=[
        STANDARD | {"prices": {"input": "1"}},
        {
            "id": "l",
            "name": "Long",
            "isDefault": False,
            "priority": 2,
            "conditions": [{"usageDetailPattern": "^IN", "operator": "gt", "value": 10}],
            "prices": {"input": "2"},
        },
        {
            "id": "f",
            "name": "Fast",
            "isDefault": False,
            "priority": 1,
            "conditions": [
                {
                    "source": "model_parameters",
                    "key": "tier",
                    "operator": "in",
                    "values": ["1", "true"],
                },
                {"usageDetailPattern": "^in", "operator": "gte", "value": 5, "caseSensitive": True},
            ],
            "prices": {"input": "3"},
        },
    ],
)


@pytest.mark.parametrize(
    ("usage", "parameters", "name"),
    [
        ({"input": 10}, {}, "Standard"),
        ({"input": 10, "input_x": 1}, {}, "Long"),
        ({"input": 10, "output": 100}, {}, "Standard"),
        ({"input": 10}, {"tier": 1}, "Fast"),
        ({"input": 10}, {"tier": 1.0}, "Fast"),
        ({"input": 10}, {"tier": True}, "Fast"),
        ({"input": 10}, {"tier": "1"}, "Fast"),
        ({"input": 4}, {"tier": "1"}, "Standard"),
        ({"INPUT": 11}, {"tier": "1"}, "Long"),
        ({"input": 10}, {"tier": ["1"]}, "Standard"),
        ({"input": 10}, {"tier": None}, "Standard"),
        ({}, {"tier": "1"}, None),
    ],
)
def test_the_first_tier_whose_conditions_all_hold_prices_everything(
    usage: dict[str, int], parameters: dict[str, Any], name: str | None
) -> None:
    price = catalogue(TIERED).price("p", "m", usage, {"model_parameters": parameters})
    assert price is not None
    assert price.tier_name == name
    assert price.default_prices == {"input": Decimal(1)}


@pytest.mark.parametrize(
    ("operator", "holds"),
    [("gt", False), ("gte", True), ("lt", False), ("lte", True), ("eq", True), ("neq", False)],
)
def test_every_operator_compares(operator: str, holds: bool) -> None:
    conditions = [{"usageDetailPattern": "input", "operator": operator, "value": 7}]
    other = {"id": "o", "name": "Other", "isDefault": False, "priority": 1}
    tiers = [STANDARD | {"prices": {}}, other | {"conditions": conditions, "prices": {}}]
    price = catalogue(row("m", tiers=tiers)).price("p", "m", {"input": 7}, {})
    assert price is not None
    assert (price.tier_name == "Other") == holds


def test_a_bad_pattern_of_a_condition_is_false() -> None:
    conditions = [{"usageDetailPattern": "(", "operator": "gte", "value": 0}]
    other = {"id": "o", "name": "Other", "isDefault": False, "priority": 1}
    tiers = [STANDARD | {"prices": {}}, other | {"conditions": conditions, "prices": {}}]
    price = catalogue(row("m", tiers=tiers)).price("p", "m", {"input": 7}, {})
    assert price is not None
    assert price.tier_name == "Standard"


def test_only_short_plain_values_are_kept_of_an_event() -> None:
    fields = {
        "model_parameters": {"tier": "flex", "n": 1, "list": [1], "long": "x" * 300, "none": None},
        "metadata": {str(number): "x" for number in range(500)},
        "input": "text",
    }
    kept = attributes_of(fields)
    assert kept["model_parameters"] == {"tier": "flex", "n": 1}
    assert len(kept["metadata"]) == 200
    assert kept.keys() == {"model_parameters", "metadata"}
