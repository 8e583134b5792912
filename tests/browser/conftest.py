"""Chromium before the running service. A page that breaks the content policy fails its test."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.servers.service import Service

Opened = Callable[..., Page]
_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
_WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(event.violatedDirective + " " + event.blockedURI);
});
"""


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One Chromium per module: while it is open, its event loop keeps out those of other tests."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium_path, args=_ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Browser, running_service: Service) -> Iterator[Opened]:
    """Opens pages, each in a context of its own; their complaints fail the test at its end."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(width: int = 1280, height: int = 800, **options: Any) -> Page:
        options.setdefault("base_url", running_service.base_url)
        options.setdefault("viewport", {"width": width, "height": height})
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.add_init_script(_WATCH)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: _note(message, complaints))
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:
            if not page.is_closed() and page.url.startswith("http"):
                complaints += page.evaluate("window.violations || []")
        context.close()
    assert complaints == []


def _note(message: Any, complaints: list[str]) -> None:
    if message.type == "error" or "Content Security Policy" in message.text:
        complaints.append(message.text)


def log_in(page: Page, service: Service, path: str = "/") -> None:
    """Through the form, as anyone would."""
    page.goto(path)
    page.fill("#email", service.user_email)
    page.fill("#password", service.user_password)
    page.click("button.primary")
    page.wait_for_selector("h1:not(:text('Log in'))")


@pytest.fixture
def reader(opened: Opened, running_service: Service) -> Page:
    """A page logged in and showing the list of traces."""
    page = opened()
    log_in(page, running_service)
    return page


def send(service: Service, events: list[dict[str, Any]], base_path: str = "") -> None:
    """A batch of which every event must be taken."""
    request = urllib.request.Request(
        f"{service.base_url}{base_path}/api/public/ingestion",
        json.dumps({"batch": events}).encode(),
        {"Authorization": service.authorization, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["errors"] == []
