"""Costs by day and model."""

from typing import Any

from tests.web.examples import chat, failed
from tests.web.reader import Reader
from web.pages.costs import costs_view
from web.ranges import read_range

PAGE = "/project/project-a/costs"
MONTH = read_range("30d", "30d")


def line(day: str, model: str | None, cost: float | None, tokens: int = 10) -> dict[str, Any]:
    return {
        "day": day,
        "model": model,
        "observation_count": 1,
        "input_tokens": tokens,
        "output_tokens": 0,
        "total_tokens": tokens,
        "total_cost": cost,
    }


def test_days_run_from_the_newest_and_models_from_the_dearest() -> None:
    lines = [
        line("2026-11-01", "a", 1.0),
        line("2026-11-02", "a", 1.0),
        line("2026-11-02", "b", 3.0),
    ]
    view = costs_view(lines, MONTH)
    assert [day["day"] for day in view["days"]] == ["2026-11-02", "2026-11-01"]
    assert [each["model"] for each in view["days"][0]["lines"]] == ["b", "a"]
    assert view["days"][0]["sums"]["total_cost"] == 4.0
    assert [(each["model"], each["share"]) for each in view["models"]] == [("b", 60.0), ("a", 40.0)]
    assert view["sums"]["total_cost"] == 5.0


def test_a_model_with_tokens_and_no_cost_is_called_unpriced() -> None:
    lines = [
        line("2026-11-01", "a", None),
        line("2026-11-01", "b", 1.0),
        line("2026-11-01", None, None),
    ]
    assert costs_view(lines, MONTH)["unpriced"] == ["a"]


def test_nothing_priced_is_unknown_rather_than_free() -> None:
    assert costs_view([line("2026-11-01", "a", None)], MONTH)["sums"]["total_cost"] is None


async def test_the_table_shows_what_was_sent(anna: Reader) -> None:
    await anna.sends([*chat("t1"), *chat("t2"), *failed("t3")])
    found = await anna.data(PAGE)
    assert round(found["sums"]["total_cost"], 9) == 0.000168
    assert found["sums"]["total_tokens"] == 2 * 449 + 1204
    html = await anna.page(PAGE)
    assert "gpt-4o-mini" in html
    assert "No price is known for <b>llama-3.3-70b</b>" in html


async def test_the_range_can_be_changed(anna: Reader) -> None:
    await anna.sends(chat("t1", 3 * 86_400))
    assert (await anna.data(PAGE + "?range=24h"))["days"] == []
    assert (await anna.data(PAGE + "?range=7d"))["sums"]["total_tokens"] == 449
    assert "Look at all time" in await anna.page(PAGE + "?range=24h")
