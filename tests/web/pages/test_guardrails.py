"""The list of guardrail events."""

from tests.web.examples import HOSTILE, blocked, chat, hostile
from tests.web.reader import Reader, links

PAGE = "/project/project-a/guardrails"


async def test_the_seed_event_is_listed_with_all_that_is_known(anna: Reader) -> None:
    await anna.sends([*chat("t1"), *blocked("t2")])
    found = await anna.data(PAGE)
    assert found["total"] == 1
    row = found["rows"][0]
    assert (row["guard_action"], row["guard_scanner"]) == ("blocked", "llm-guard")
    assert (row["guard_category"], row["owasp"]) == ("prompt_injection", ["LLM01:2026"])
    html = await anna.page(PAGE)
    for words in (
        "blocked",
        "llm-guard",
        "injection_detected",
        "prompt injection",
        "input",
        "high",
    ):
        assert words in html
    assert "/project/project-a/traces/t2?o=t2-event" in links(html)


async def test_without_events_the_page_says_what_that_may_mean(anna: Reader) -> None:
    html = await anna.page(PAGE)
    assert "nothing was checked" in html
    assert "guardrail-blocked" in html


async def test_the_range_bounds_the_list(anna: Reader) -> None:
    await anna.sends([*blocked("t1", 60), *blocked("t2", 90_000)])
    assert (await anna.data(PAGE + "?range=24h"))["total"] == 1
    assert (await anna.data(PAGE + "?range=7d"))["total"] == 2


async def test_the_newest_stand_first_and_pages_follow(anna: Reader) -> None:
    events = [each for n in range(55) for each in blocked(f"t{n:02}", n + 1)]
    await anna.sends(events)
    assert (await anna.data(PAGE))["rows"][0]["trace_id"] == "t00"
    assert [row["trace_id"] for row in (await anna.data(PAGE + "?page=2"))["rows"]][-1] == "t54"
    assert "?page=2" in links(await anna.page(PAGE))


async def test_hostile_text_stays_text(anna: Reader) -> None:
    await anna.sends(hostile("t1"))
    html = await anna.page(PAGE)
    assert HOSTILE not in html
    assert "<img src=x" not in html
