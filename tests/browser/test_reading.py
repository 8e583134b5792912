"""What a person does: log in, find a trace, read it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, log_in, send
from tests.servers.service import Service
from tests.web.examples import blocked, chat, failed, hostile

PROJECT = "/project/project-under-test"


def test_the_empty_project_waits_and_tells_when_the_first_trace_arrives(
    opened: Opened, start_service: object
) -> None:
    service: Service = start_service()  # type: ignore[operator]
    page = opened(base_url=service.base_url)
    log_in(page, service)
    expect(page.locator("main")).to_contain_text("Waiting for the first trace")
    send(service, chat("first"))
    page.get_by_role("link", name="1 new trace").click(timeout=12_000)
    expect(page.get_by_role("link", name="chat-completion")).to_be_visible()


def test_from_login_to_the_answer_of_a_model(opened: Opened, running_service: Service) -> None:
    send(running_service, chat("reading-1", 5, name="to be read"))
    page = opened()
    log_in(page, running_service, f"{PROJECT}/traces?name=to+be+read")
    page.get_by_role("link", name="to be read").click()
    expect(page.locator("h1")).to_have_text(re.compile("to be read"))
    page.get_by_role("link", name="llm-response").click()
    expect(page.locator("#detail")).to_contain_text("The NAS finished at 03:12")
    expect(page.locator("#detail")).to_contain_text("gpt-4o-mini")


def test_selecting_an_observation_keeps_the_tree_and_moves_the_address(
    reader: Page, running_service: Service
) -> None:
    send(running_service, chat("reading-2"))
    reader.goto(f"{PROJECT}/traces/reading-2")
    reader.evaluate("document.querySelector('.tree').dataset.kept = 'yes'")
    reader.get_by_role("link", name="search-notes").click()
    expect(reader.locator("#detail h2")).to_contain_text("search-notes")
    assert reader.url.endswith("/traces/reading-2?o=reading-2-search")
    assert reader.locator(".tree").get_attribute("data-kept") == "yes"
    assert reader.locator(".tree [aria-current]").count() == 1
    expect(reader.locator(".tree [aria-current]")).to_contain_text("search-notes")
    reader.get_by_role("link", name="list_backups").click()
    expect(reader.locator("#detail h2")).to_contain_text("list_backups")
    reader.go_back()
    expect(reader.locator("#detail h2")).to_contain_text("search-notes")
    expect(reader.locator(".tree [aria-current]")).to_contain_text("search-notes")


def test_bars_are_drawn_in_proportion(reader: Page, running_service: Service) -> None:
    send(running_service, chat("reading-3"))
    reader.goto(f"{PROJECT}/traces/reading-3")
    bar = reader.locator("li", has_text="llm-response").locator("rect")
    whole = reader.locator("li", has_text="answer").first.locator("rect")
    box, full = bar.bounding_box(), whole.bounding_box()
    assert box is not None
    assert full is not None
    assert 0.58 < box["width"] / full["width"] < 0.68


def test_new_traces_are_announced_and_rows_stay_where_they_are(
    reader: Page, running_service: Service
) -> None:
    send(running_service, chat("reading-4", 30))
    reader.goto(f"{PROJECT}/traces")
    before = reader.locator("tr[data-row]").count()
    send(running_service, [*chat("reading-5", 0, name="just arrived")])
    link = reader.get_by_role("link", name=re.compile("new trace"))
    expect(link).to_be_visible(timeout=12_000)
    assert reader.locator("tr[data-row]").count() == before
    link.click()
    expect(reader.get_by_role("link", name="just arrived")).to_be_visible()


def test_the_guardrail_event_leads_to_its_trace(reader: Page, running_service: Service) -> None:
    send(running_service, blocked("reading-6", 1))
    reader.goto(f"{PROJECT}/guardrails")
    row = reader.locator("tr[data-row]").first
    expect(row).to_contain_text("llm-guard")
    row.get_by_role("link").click()
    expect(reader.locator("#detail")).to_contain_text("injection_detected")


def test_hostile_text_runs_nowhere(reader: Page, running_service: Service) -> None:
    send(running_service, hostile("reading-7", 1))
    for path in (
        "traces",
        "traces/reading-7",
        "traces/reading-7?o=reading-7-llm",
        "traces/reading-7?o=reading-7-llm&view=json",
        "traces?user=%3C/pre%3E%3Cscript%3Ewindow.broken=1%3C/script%3E",
        "guardrails",
        "costs",
    ):
        reader.goto(f"{PROJECT}/{path}")
        assert reader.evaluate("window.broken") is None


def test_times_are_those_of_the_readers_zone(opened: Opened, running_service: Service) -> None:
    send(running_service, chat("reading-8"))
    page = opened(timezone_id="Asia/Kathmandu")
    log_in(page, running_service, f"{PROJECT}/traces/reading-8")
    time = page.locator("time").first
    utc = (time.get_attribute("title") or "").split()[1]
    minutes = int(utc[3:5]) + 45
    assert time.inner_text().split(":")[1] == f"{minutes % 60:02}"


def test_an_error_is_found_with_one_key(reader: Page, running_service: Service) -> None:
    send(running_service, failed("reading-9"))
    reader.goto(f"{PROJECT}/traces/reading-9")
    reader.keyboard.press("e")
    expect(reader.locator("#detail")).to_contain_text("upstream timed out after 30 s")


def test_keys_move_filter_and_explain(reader: Page, running_service: Service) -> None:
    send(running_service, [*chat("reading-10", 2, name="row one"), *chat("reading-11", 1)])
    reader.goto(f"{PROJECT}/traces")
    reader.keyboard.press("j")
    first = reader.evaluate("document.activeElement.getAttribute('href')")
    reader.keyboard.press("j")
    reader.keyboard.press("k")
    assert reader.evaluate("document.activeElement.getAttribute('href')") == first
    reader.keyboard.press("Enter")
    expect(reader.locator(".tree")).to_be_visible()
    reader.keyboard.press("?")
    expect(reader.get_by_role("dialog")).to_be_visible()
    reader.keyboard.press("Escape")
    reader.keyboard.press("g")
    reader.keyboard.press("t")
    expect(reader.locator("h1")).to_have_text("Traces")
    reader.keyboard.press("/")
    reader.keyboard.type("j/k")
    expect(reader.locator("input[name=name]")).to_have_value("j/k")


def test_a_value_can_be_copied(opened: Opened, running_service: Service) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    log_in(page, running_service, f"{PROJECT}/setup")
    page.locator("button[data-copy=public-key]").click()
    expect(page.get_by_text("copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == running_service.public_key
