"""The list of traces."""

import pytest

from tests.web.examples import HOSTILE, ago, blocked, chat, event, failed, hostile
from tests.web.reader import Reader, links

LIST = "/project/project-a/traces"


async def names(reader: Reader, query: str = "") -> list[str]:
    return [row["id"] for row in (await reader.data(LIST + query))["rows"]]


async def test_without_traces_the_page_shows_how_to_send_one(anna: Reader) -> None:
    html = await anna.page(LIST)
    for words in ("Nothing has arrived yet", "http://testserver", "pk-lf-anna", "sk-lf-..."):
        assert words in html
    assert "<table" not in html


async def test_the_newest_stand_first(anna: Reader) -> None:
    await anna.sends([*chat("old", 600), *chat("new", 60), *failed("middle", 120)])
    assert await names(anna) == ["new", "middle", "old"]


async def test_a_row_tells_what_one_must_know(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    html = await anna.page(LIST)
    for words in (
        "chat-completion",
        "anna@example.org",
        "chat-7f3a",
        "open-webui",
        "2.40s",
        "412 → 37",
        "$0.000084",
        "system: You are a helpful",
        "warning",
    ):
        assert words in html
    assert "/project/project-a/traces/t1" in links(html)


async def test_errors_are_marked_in_words(anna: Reader) -> None:
    await anna.sends(failed("t1"))
    assert "1 error" in await anna.page(LIST)


@pytest.mark.parametrize(
    "query",
    [
        *("?name=summ", "?user=ben%40example.org", "?session=s-1", "?tag=blue"),
        *("?environment=staging", "?range=1h", "?name=summ&tag=blue&range=24h"),
    ],
)
async def test_each_filter_narrows_the_list(anna: Reader, query: str) -> None:
    wanted = event(
        "trace-create",
        id="wanted",
        name="summary",
        userId="ben@example.org",
        sessionId="s-1",
        tags=["blue", "red"],
        environment="staging",
        timestamp=ago(60),
    )
    await anna.sends([wanted, *chat("other", 90_000)])
    assert await names(anna, query) == ["wanted"]


async def test_filters_in_force_can_be_dropped_one_by_one(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    html = await anna.page(LIST + "?name=zzz&user=x")
    assert "No trace matches" in html
    assert "?name=zzz" in links(html)
    assert "?user=x" in links(html)


async def test_an_unknown_filter_value_never_fails_the_page(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    assert await names(anna, "?range=forever&page=-7&unknown=1") == ["t1"]
    assert await names(anna, "?page=99999999999999999999") == ["t1"]


async def test_pages_follow_each_other(anna: Reader) -> None:
    traces = [event("trace-create", id=f"t{n:02}", name="n", timestamp=ago(n)) for n in range(53)]
    await anna.sends(traces)
    first = await anna.page(LIST)
    assert "1–50 of 53" in first
    assert "?page=2" in links(first)
    second = await anna.page(LIST + "?page=2")
    assert "51–53 of 53" in second
    assert "Older" not in second
    assert await names(anna, "?page=2") == ["t50", "t51", "t52"]


async def test_the_poll_tells_of_new_traces_and_is_silent_otherwise(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    newest = (await anna.data(LIST))["newest_ms"]
    assert (await anna.get(f"{LIST}/new?after={newest}")).status_code == 204
    await anna.sends(failed("t2", 1))
    await anna.data(LIST)
    answer = await anna.get(f"{LIST}/new?after={newest}")
    assert "1 new trace – show" in answer.text
    assert "<html" not in answer.text


async def test_the_poll_heeds_the_filters(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    await anna.data(LIST)
    assert (await anna.get(f"{LIST}/new?after=0&name=zzz")).status_code == 204
    assert (await anna.get(f"{LIST}/new?after=0&name=chat")).status_code == 200


async def test_hostile_text_stays_text(anna: Reader) -> None:
    await anna.sends(hostile("t1"))
    html = await anna.page(LIST)
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html
    assert "<img src=x" not in html


async def test_a_large_page_is_compressed_when_the_browser_takes_it(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    plain = await anna.get(LIST, headers={"accept-encoding": "identity"})
    zipped = await anna.get(LIST, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert "chat-completion" in zipped.text


async def test_traces_made_up_for_one_guardrail_event_are_listed_when_asked_for(
    anna: Reader,
) -> None:
    await anna.sends([*chat("chat", 60), *blocked("lone", 30)])

    assert await names(anna) == ["chat"]
    assert await names(anna, "?lone=1") == ["lone", "chat"]
    assert "lone guardrail events" in await anna.page(LIST + "?lone=1")


async def test_a_project_of_lone_guardrail_events_says_where_they_are(anna: Reader) -> None:
    await anna.sends(blocked("lone"))
    html = await anna.page(LIST)

    assert "Nothing but 1 lone guardrail event so far" in html
    assert "/project/project-a/guardrails" in links(html)
    assert "Nothing has arrived yet" not in html


async def test_a_trace_of_estimated_tokens_says_so(anna: Reader) -> None:
    said = event(
        "generation-create",
        id="g",
        traceId="guessed",
        model="gpt-4o",
        input="How are you today?",
        output="Very well, thank you.",
        startTime=ago(50),
    )
    await anna.sends([event("trace-create", id="guessed", name="chat", timestamp=ago(50)), said])
    html = await anna.page(LIST)

    assert "~$0.0000" in html
    assert "~$0.0000" in await anna.page(LIST + "/guessed")
