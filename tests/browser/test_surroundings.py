"""Without scripts, below a base path, on a phone, in the dark."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, log_in, send
from tests.servers.service import Service
from tests.web.examples import chat, hostile, wide

PROJECT = "/project/project-under-test"
PAGES = (
    "traces",
    "traces?name=zzz",
    "traces/around-1?o=around-1-llm",
    "costs",
    "models",
    "guardrails",
    "datasets",
    "rejected",
    "setup",
)


def test_without_scripts_everything_can_be_read(opened: Opened, running_service: Service) -> None:
    send(running_service, chat("around-2", name="no script"))
    page = opened(java_script_enabled=False)
    log_in(page, running_service, f"{PROJECT}/traces")
    page.fill("input[name=name]", "no script")
    page.click("button:has-text('Filter')")
    page.get_by_role("link", name="no script").click()
    page.get_by_role("link", name="llm-response").click()
    expect(page.locator("#detail h2")).to_contain_text("llm-response")
    expect(page.locator("#detail")).to_contain_text("The NAS finished at 03:12")
    page.get_by_text("2 more messages").first.click()
    expect(page.get_by_text("Is the backup of last night complete?").first).to_be_visible()
    expect(page.locator("button[data-copy]").first).to_be_hidden()
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("h1")).to_have_text("Log in")


def test_below_a_base_path_everything_works(opened: Opened, start_service: object) -> None:
    service: Service = start_service(ready="", BASE_PATH="/x/y")  # type: ignore[operator]
    service.wait_for("/x/y/api/public/traces?limit=1")
    send(service, chat("t1"), "/x/y")
    page = opened(base_url=service.base_url)
    log_in(page, service, "/x/y/project/project-under-test/traces")
    page.get_by_role("link", name="chat-completion").click()
    page.get_by_role("link", name="llm-response").click()
    expect(page.locator("#detail h2")).to_contain_text("llm-response")
    assert page.url.endswith("/x/y/project/project-under-test/traces/t1?o=t1-llm")
    assert page.evaluate("getComputedStyle(document.querySelector('.top')).display") == "flex"
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile("/x/y/login"))


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_its_window(
    opened: Opened, running_service: Service, width: int
) -> None:
    send(running_service, [*chat("around-1"), *hostile("around-3", 1), *wide("around-4", 30)])
    page = opened(width=width)
    log_in(page, running_service)
    for path in (*PAGES, "traces/around-3?o=around-3-llm", "traces/around-4"):
        page.goto(f"{PROJECT}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def test_colours_follow_the_system_until_one_is_chosen(
    opened: Opened, running_service: Service
) -> None:
    page = opened(color_scheme="dark")
    log_in(page, running_service)
    dark = background(page)
    page.emulate_media(color_scheme="light")
    light = background(page)
    assert dark != light
    page.get_by_role("button", name="Switch theme to dark").click()
    expect(page.get_by_role("button", name="Switch theme to light")).to_be_visible()
    assert background(page) == dark
    page.get_by_role("button", name="Switch theme to light").click()
    page.get_by_role("button", name="Switch theme to system").click()
    expect(page.get_by_role("button", name="Switch theme to dark")).to_be_visible()
    assert background(page) == light


def test_every_text_has_enough_contrast(opened: Opened, running_service: Service) -> None:
    send(running_service, [*chat("around-1"), *hostile("around-3", 1)])
    for scheme in ("light", "dark"):
        page = opened(color_scheme=scheme)
        log_in(page, running_service)
        for path in PAGES:
            page.goto(f"{PROJECT}/{path}")
            assert page.evaluate(CONTRAST) == [], (scheme, path)


# Every visible text against the nearest opaque background; WCAG's formula, 4.5 demanded.
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return rgba("white");
  };
  const poor = [];
  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility({ visibilityProperty: true })) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""
