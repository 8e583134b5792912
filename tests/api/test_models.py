"""`/api/public/models`: bodies, answers, who sees what, and what a model prices."""

import dataclasses
from typing import Any

import pytest

from collector import metrics
from collector.services import Services
from tests.api.events import event, generation, trace
from tests.api.people import Person

MODELS = "/api/public/models"


def again(observation_id: str, second: int, **fields: Any) -> dict[str, Any]:
    """A later event of an observation."""
    moment = f"2026-11-20T12:00:{second:02}.000Z"
    return event("generation-update", moment, id=observation_id, traceId="t1", **fields)


STANDARD = {"name": "Standard", "isDefault": True, "priority": 0, "conditions": []}
LONG = {"usageDetailPattern": "^input", "operator": "gt", "value": 100}


def body(**more: Any) -> dict[str, Any]:
    return {"modelName": "own", "matchPattern": "(?i)^own$", "unit": "TOKENS", **more}


async def made(person: Person, **more: Any) -> Any:
    answer = await person.post(MODELS, json=body(**more))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def priced(person: Person, **fields: Any) -> Any:
    """An observation as it reads after it was stored."""
    fields = {"model": "own", **fields}
    await person.ingests(trace("t1"), generation("g1", "t1", **fields))
    return await person.reads("/api/public/observations/g1")


async def test_a_model_prices_what_comes_afterwards(client: Person) -> None:
    before = await priced(client, usageDetails={"input": 4})
    model = await made(client, inputPrice=0.25)
    await client.ingests(generation("g2", "t1", model="OWN", usageDetails={"input": 4}))
    after = await client.reads("/api/public/observations/g2")

    assert (before["modelId"], before["costDetails"]) == (None, {})
    assert after["costDetails"] == {"input": 1, "total": 1}
    assert (after["modelId"], after["inputPrice"]) == (model["id"], 0.25)
    assert after["usagePricingTierName"] == "Standard"


async def test_a_price_of_nothing_is_a_price(client: Person) -> None:
    await made(client, inputPrice=0, outputPrice=0)
    found = await priced(client, usageDetails={"input": 4, "output": 1})
    assert found["costDetails"] == {"input": 0, "output": 0, "total": 0}
    assert found["modelId"] is not None


async def test_what_is_not_priced_is_counted(client: Person) -> None:
    before = metrics.UNPRICED._value.get()
    await priced(client, usageDetails={"input": 4})
    assert metrics.UNPRICED._value.get() > before


async def test_a_model_is_only_the_projects_own(client: Person, charlie: Person) -> None:
    model = await made(client, inputPrice=1)
    path = f"{MODELS}/{model['id']}"
    assert (await charlie.get(path)).status_code == 404
    assert (await charlie.delete(path)).status_code == 404
    assert (await client.delete(path)).json() == {"message": "Model successfully deleted"}
    assert (await client.get(path)).status_code == 404


async def test_models_of_all_projects_are_listed_and_stay(client: Person) -> None:
    await made(client, inputPrice=1)
    page = await client.reads(MODELS + "?limit=100")
    assert page["meta"]["totalItems"] > 1_000
    names = [model["modelName"] for model in page["data"]]
    assert names == sorted(names)
    managed = next(model for model in page["data"] if model["isLangfuseManaged"])
    answer = await client.delete(f"{MODELS}/{managed['id']}")
    assert answer.status_code == 404
    assert (await client.reads(MODELS + "?page=999999999999"))["data"] == []


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"unit": "WORDS"}, ["unit"], "Invalid option"),
        ({"inputPrice": -1}, ["inputPrice"], "Too small: expected number to be >=0"),
        ({"inputPrice": "1"}, ["inputPrice"], "expected number, received string"),
        ({"modelName": ""}, ["modelName"], "Too small"),
        ({"modelName": "a\0"}, ["modelName"], "NUL"),
        ({"startDate": "2024-01-01"}, ["startDate"], "Invalid ISO datetime"),
        ({"tokenizerId": "own"}, ["tokenizerId"], "Invalid option"),
        ({"pricingTiers": []}, [], None),
        ({"inputPrice": None, "pricingTiers": []}, [], "Must provide either flat prices"),
    ],
)
async def test_a_wrong_field_is_named(
    client: Person, change: dict[str, Any], path: list[str], message: str | None
) -> None:
    answer = await client.post(MODELS, json=body(**{"inputPrice": 1, **change}))
    if message is None:
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    issue = answer.json()["error"][0]
    assert issue["path"] == path
    assert message in issue["message"]


def tier(name: str = "Long", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "isDefault": False,
        "priority": 1,
        "conditions": [LONG],
        "prices": {"input": 2},
        **more,
    }


@pytest.mark.parametrize(
    ("tiers", "message"),
    [
        ([tier()], "Exactly one pricing tier must have isDefault: true"),
        ([STANDARD | {"prices": {"input": 1}, "priority": 1}], "must have priority 0"),
        ([STANDARD | {"prices": {"input": 1}}, tier(priority=0)], "different values of priority"),
        ([STANDARD | {"prices": {"input": 1}}, tier(" Standard ")], "different values of name"),
        ([STANDARD | {"prices": {"input": 1}}, tier(conditions=[])], "at least one condition"),
        ([STANDARD | {"prices": {"output": 1}}, tier()], "Expected: [output], Got: [input]"),
        ([STANDARD | {"prices": {"input": 1}}, tier(priority=1000)], "from 0 to 999"),
        (
            [
                STANDARD | {"prices": {"input": 1}},
                tier(conditions=[LONG | {"usageDetailPattern": "("}]),
            ],
            "Invalid regex pattern",
        ),
        ([STANDARD | {"prices": {"input": 1}}, 7], "expected object, received number"),
        ([STANDARD | {"prices": [1]}], "expected record, received array"),
    ],
)
async def test_tiers_that_break_a_rule_are_refused(
    client: Person, tiers: list[Any], message: str
) -> None:
    answer = await client.post(MODELS, json=body(pricingTiers=tiers))
    assert answer.status_code == 400
    assert message in answer.json()["error"][0]["message"]


async def test_a_tier_is_chosen_by_what_the_event_with_usage_says(client: Person) -> None:
    fast = {"source": "metadata", "key": "speed", "operator": "in", "values": ["fast", "2"]}
    await made(
        client,
        pricingTiers=[STANDARD | {"prices": {"input": 1}}, tier("Fast", conditions=[fast])],
    )
    await client.ingests(
        trace("t1"),
        generation("g1", "t1", model="own", metadata={"speed": "fast"}),
        again("g1", 1, usageDetails={"input": 3}),
        generation("g2", "t1", model="own", metadata={"speed": 2}, usageDetails={"input": 3}),
    )
    without = await client.reads("/api/public/observations/g1")
    with_it = await client.reads("/api/public/observations/g2")
    await client.ingests(again("g2", 2, metadata={"speed": "x"}))
    later = await client.reads("/api/public/observations/g2")

    assert (without["usagePricingTierName"], without["costDetails"]["total"]) == ("Standard", 3)
    assert (with_it["usagePricingTierName"], with_it["costDetails"]["total"]) == ("Fast", 6)
    assert (later["usagePricingTierName"], later["metadata"]["speed"]) == ("Fast", "x")


async def test_tokens_that_nobody_counted_are_estimated_and_marked(client: Person) -> None:
    found = await priced(client, model="gpt-4o", input="How are you?", output="Fine, thank you.")
    silent = await client.reads("/api/public/observations/g1")
    await client.ingests(again("g1", 5, usage={"input": 3}))
    counted = await client.reads("/api/public/observations/g1")

    assert found["metadata"] == {"understudy_usage_estimated": True}
    assert found["usageDetails"].keys() == {"input", "output", "total"}
    assert found["costDetails"]["total"] > 0
    assert silent == found
    assert (counted["metadata"], counted["usageDetails"]) == ({}, {"input": 3, "total": 3})


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "gpt-4o", "level": "ERROR"},
        {"model": "gpt-4o", "costDetails": {"total": 0}},
        {"model": "text-embedding-3-small"},
        {"model": "llama3.1:8b"},
        {"model": "gpt-4o", "output": None, "input": None},
    ],
)
async def test_nothing_is_estimated_where_it_would_say_nothing(
    client: Person, fields: dict[str, Any]
) -> None:
    found = await priced(client, **{"input": "How are you?", "output": "Fine.", **fields})
    assert (found["usageDetails"], found["metadata"]) == ({}, {})


class TestWithoutEstimates:
    @pytest.fixture
    def settings(self, settings: Any) -> Any:
        return dataclasses.replace(settings, token_estimate=False)

    async def test_nothing_is_estimated(self, client: Person) -> None:
        found = await priced(client, model="gpt-4o", input="How are you?")
        assert (found["usageDetails"], found["modelId"] is None) == ({}, False)


class TestWithFewModels:
    @pytest.fixture
    def settings(self, settings: Any) -> Any:
        return dataclasses.replace(settings, models_max=1, model_body_bytes_max=2_000)

    async def test_every_limit_is_named_and_counted(
        self, client: Person, services: Services
    ) -> None:
        assert services.settings.models_max == 1
        await made(client, inputPrice=1)
        for more, limit, status in (
            ({"modelName": "more", "inputPrice": 1}, "models_max", 400),
            ({"tokenizerConfig": "x" * 2_000}, "body_bytes_max", 413),
        ):
            before = metrics.LIMIT_HITS.labels(limit)._value.get()
            answer = await client.post(MODELS, json=body(**more))
            assert answer.status_code == status
            assert metrics.LIMIT_HITS.labels(limit)._value.get() == before + 1
