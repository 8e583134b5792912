"""Prompts on a screen and on a phone."""

import json
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened, log_in
from tests.servers.service import Service
from tests.web.examples import HOSTILE

PAGE = "/project/project-under-test/prompts"
LONG = "long-" + "n" * 200


def make(service: Service, **body: Any) -> None:
    request = urllib.request.Request(
        f"{service.base_url}/api/public/v2/prompts",
        json.dumps(body).encode(),
        {"Authorization": service.authorization, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 201


def fill(service: Service) -> None:
    """Long, hostile and ordinary ones."""
    make(service, name="greeting", prompt="Hello {{name}}", labels=["production"], tags=["de"])
    make(service, name="greeting", prompt="Hi {{name}}!\n" + "word " * 300, commitMessage="warmer")
    chat = [
        {
            "role": "system",
            "content": "You are {{who}}. @@@langfusePrompt:name=greeting|version=1@@@",
        },
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": HOSTILE + "y" * 400},
    ]
    config = {"model": "gpt-4o-mini", "temperature": 0.2, "z" * 200: "z" * 200}
    make(
        service,
        name=LONG,
        type="chat",
        prompt=chat,
        config=config,
        labels=["x" * 36, "staging"],
        tags=["t" * 300],
    )


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_lists_and_texts_stay_inside_the_window(
    opened: Opened, running_service: Service, width: int
) -> None:
    fill(running_service)
    page = opened(width=width)
    log_in(page, running_service, PAGE)
    for name, words in (("greeting", "warmer"), (LONG, "placeholder")):
        page.goto(PAGE)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_text(words).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.broken") is None


def test_two_keys_lead_to_it(opened: Opened, running_service: Service) -> None:
    page = opened()
    log_in(page, running_service, "/project/project-under-test/traces")
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.locator("h1")).to_have_text("Prompts")
