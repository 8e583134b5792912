"""The page of models and prices."""

from typing import Any

from tests.web.examples import chat, event, failed
from tests.web.reader import Reader, links

PAGE = "/project/project-a/models"


def generation(observation_id: str, model: str, **more: Any) -> dict[str, Any]:
    return event(
        "generation-create", id=observation_id, traceId="t1", name="call", model=model, **more
    )


async def test_models_without_a_price_are_listed_with_how_to_price_them(anna: Reader) -> None:
    local = "llama3.1:8b"
    await anna.sends([*chat("t1"), generation("a", local, usageDetails={"input": 7})])
    await anna.sends(
        [generation("b", local), generation("c", "own-priced", costDetails={"total": 0})]
    )
    found = await anna.data(PAGE)

    assert [(row["model"], row["observation_count"]) for row in found["unpriced"]] == [(local, 2)]
    assert found["unpriced"][0]["total_tokens"] == 7
    assert found["unpriced"][0]["first_ms"] <= found["unpriced"][0]["last_ms"]
    html = await anna.page(PAGE)
    assert "Without a price in the last 30 days" in html
    assert r"(?i)^(llama3\\.1:8b)$" in html


async def test_everything_priced_is_said(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    assert "Every model seen in the last 30 days has a price" in await anna.page(PAGE)


async def test_a_name_is_searched_among_all_prices(anna: Reader) -> None:
    found = await anna.data(PAGE + "?q=GPT-4o-mini")
    mini = next(model for model in found["models"] if model["name"] == "gpt-4o-mini")
    assert (mini["input"], mini["cached"], mini["output"]) == (0.15, 0.075, 0.6)
    assert all("gpt-4o-mini" in model["name"].lower() for model in found["models"])
    assert "No model has no-such-name in its name" in await anna.page(PAGE + "?q=no-such-name")
    assert (await anna.data(PAGE + "?q=%25"))["models"] == []
    assert (await anna.get(PAGE + "?q=%00")).status_code == 200


async def test_the_list_says_when_there_is_more(anna: Reader) -> None:
    found = await anna.data(PAGE)
    assert (len(found["models"]), found["has_more"]) == (100, True)
    assert "search for a name" in await anna.page(PAGE)


async def test_costs_lead_to_the_models_without_a_price(anna: Reader) -> None:
    await anna.sends(failed("t1"))
    assert PAGE in links(await anna.page("/project/project-a/costs"))


async def test_strangers_see_no_prices(charlie: Reader) -> None:
    assert (await charlie.get(PAGE)).status_code == 404


async def test_estimates_are_marked_and_left_out_on_request(anna: Reader) -> None:
    texts = {"input": "How are you?", "output": "Fine, thank you."}
    await anna.sends([*chat("t1"), generation("a", "gpt-4o", **texts)])
    costs = "/project/project-a/costs"
    both = await anna.data(costs)
    counted = await anna.data(costs + "?estimates=off")

    assert (both["sums"]["estimated_count"], counted["sums"]["estimated_count"]) == (1, 0)
    assert both["sums"]["total_tokens"] > counted["sums"]["total_tokens"] == 449
    assert "Leave them out" in await anna.page(costs)
    assert "Show them too" in await anna.page(costs + "?estimates=off")
    shown = await anna.page("/project/project-a/traces/t1?o=a")
    assert "~ estimated from the texts" in shown
