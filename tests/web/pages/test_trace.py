"""One trace."""

import json
import re

import pytest

from tests.web.examples import HOSTILE, ago, blocked, chat, event, failed, hostile, wide
from tests.web.reader import Reader, links, tags

PAGE = "/project/project-a/traces"
PART = {"hx-request": "true", "hx-request-type": "partial"}


async def test_the_tree_shows_every_observation_with_its_bar(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    html = await anna.page(f"{PAGE}/t1")
    for name in ("answer", "search-notes", "list_backups", "llm-response", "cache-miss"):
        assert f">{name}</span>" in html
    bars = [attributes for _, attributes in tags(html, "rect")]
    assert len(bars) == 6
    assert all(re.fullmatch(r"[\d.]+%", bar["width"] or "") for bar in bars)


async def test_the_trace_itself_is_selected_first(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    html = await anna.page(f"{PAGE}/t1")
    for words in (
        "You are a helpful assistant",
        "The NAS finished at 03:12",
        "retries",
        "helpful",
        "0.9",
        "clear answer",
    ):
        assert words in html


async def test_a_selected_observation_shows_all_it_has(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    html = await anna.page(f"{PAGE}/t1?o=t1-llm")
    for words in (
        "gpt-4o-mini",
        "temperature",
        "1.50s",
        "350ms",
        "finish_reason",
        "449",
        "$0.000062",
        "list_backups",
    ):
        assert words in html
    current = [attributes for _, attributes in tags(html, "a") if "aria-current" in attributes]
    assert [(link["href"] or "").partition("?")[2] for link in current] == ["", "o=t1-llm"]


async def test_links_of_sdks_select_too(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    found = await anna.data(f"{PAGE}/t1?observation=t1-tool&timestamp=2026-01-01T00:00:00Z")
    assert found["selected"]["name"] == "list_backups"


async def test_htmx_gets_the_observation_alone(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    html = await anna.page(f"{PAGE}/t1?o=t1-tool", headers=PART)
    assert "answered after one retry" in html
    assert "<html" not in html
    assert 'class="tree"' not in html


async def test_chat_can_be_read_as_json(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    assert "?view=json" in links(await anna.page(f"{PAGE}/t1"))
    html = await anna.page(f"{PAGE}/t1?view=json")
    assert "&#34;role&#34;: &#34;system&#34;" in html


async def test_an_observation_of_another_trace_is_not_shown(anna: Reader) -> None:
    await anna.sends([*chat("t1"), *chat("t2")])
    html = await anna.page(f"{PAGE}/t1?o=t2-llm")
    assert "no observation <code>t2-llm</code>" in html
    answer = await anna.get(f"{PAGE}/t1/observations/t2-llm/raw")
    assert answer.status_code == 404


async def test_errors_show_their_message(anna: Reader) -> None:
    await anna.sends(failed("t1"))
    html = await anna.page(f"{PAGE}/t1?o=t1-llm")
    assert "upstream timed out after 30 s" in html
    assert "has-error" in html


async def test_a_verdict_is_shown_with_its_owasp_entry(anna: Reader) -> None:
    await anna.sends(blocked("t1"))
    html = await anna.page(f"{PAGE}/t1?o=t1-event")
    for words in ("blocked", "llm-guard", "injection_detected", "LLM01:2026"):
        assert words in html


async def test_a_cycle_and_a_missing_parent_are_shown(anna: Reader) -> None:
    def span(own: str, parent: str) -> dict[str, object]:
        return event(
            "span-create",
            id=own,
            traceId="t1",
            name=own,
            parentObservationId=parent,
            startTime=ago(5),
        )

    await anna.sends([span("a", "b"), span("b", "a"), span("c", "gone")])
    found = await anna.data(f"{PAGE}/t1")
    assert {row["id"] for row in found["observations"]} == {"a", "b", "c"}
    assert "1 parent observation has not arrived" in await anna.page(f"{PAGE}/t1")


async def test_five_hundred_rows_are_shown_and_the_rest_on_demand(anna: Reader) -> None:
    await anna.sends(wide("t1", 620))
    html = await anna.page(f"{PAGE}/t1")
    assert html.count("<li data-row") == 501
    assert "500 of 620" in html
    assert (await anna.page(f"{PAGE}/t1?rows=2000")).count("<li data-row") == 621


async def test_a_long_payload_is_cut_and_the_whole_is_a_link_away(anna: Reader) -> None:
    text = "ä" * 70_000
    await anna.sends([event("trace-create", id="t1", name="long", input=text)])
    html = await anna.page(f"{PAGE}/t1")
    assert text not in html
    assert "Open all of it" in html
    raw = next(link for link in links(html) if link.endswith("raw?field=input"))
    answer = await anna.get(raw)
    assert answer.text == text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_a_raw_payload_is_never_a_page(anna: Reader) -> None:
    await anna.sends(hostile("t1"))
    for path in ("t1/raw?field=output", "t1/observations/t1-llm/raw?field=output"):
        answer = await anna.get(f"{PAGE}/{path}")
        assert answer.text == HOSTILE
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_raw_metadata_is_json(anna: Reader) -> None:
    await anna.sends(chat("t1"))
    answer = await anna.get(f"{PAGE}/t1/raw?field=metadata")
    assert json.loads(answer.text) == {"client": "web", "retries": 0}
    assert (await anna.get(f"{PAGE}/t1/raw?field=id")).status_code == 404


@pytest.mark.parametrize("query", ["", "?o=t1-llm", "?o=t1-guard", "?o=%3Cscript%3E", "?view=json"])
async def test_hostile_text_stays_text(anna: Reader, query: str) -> None:
    await anna.sends(hostile("t1"))
    html = await anna.page(f"{PAGE}/t1{query}")
    assert "<script>" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("trace_id", ["a/b", "a b?c#d", "ünï", "100%", "a" * 800, "new"])
async def test_any_id_is_reachable(anna: Reader, trace_id: str) -> None:
    await anna.sends([event("trace-create", id=trace_id, name="odd-id", timestamp=ago(1))])
    link = next(link for link in links(await anna.page(PAGE)) if link.startswith(PAGE + "/"))
    assert "odd-id" in await anna.page(link)


async def test_lone_surrogates_and_control_characters_do_not_break_the_page(anna: Reader) -> None:
    odd = "text \\ud800 and \\u0001 and \\u202e"
    body = json.loads(f'"{odd}"')
    await anna.sends([event("trace-create", id="t1", name="odd", input={"a": body}, output=odd)])
    assert "odd" in await anna.page(f"{PAGE}/t1")


async def test_a_trace_without_observations_is_a_page(anna: Reader) -> None:
    await anna.sends([event("trace-create", id="t1", name="alone")])
    assert "0 observations" in await anna.page(f"{PAGE}/t1")


async def test_a_trace_that_does_not_exist_is_not_found(anna: Reader) -> None:
    assert (await anna.get(f"{PAGE}/none")).status_code == 404
