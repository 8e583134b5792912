"""The list of rejected events on a screen and on a phone."""

import json
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened, log_in, send
from tests.servers.service import Service
from tests.web.examples import HOSTILE, event

PAGE = "/project/project-under-test/rejected"


def refuse(service: Service) -> None:
    """A dropped score, and events that are wrong in a few long ways."""
    config = {"configId": "no-such-config-" + "0" * 40}
    send(service, [event("score-create", id="s1", traceId="t", name="n", value=1, **config)])
    wrong: list[Any] = [
        event("trace-create", id="t-" + "1" * 300, name=5, tags="x", public="yes", userId=7),
        event("generation-create", name=HOSTILE, input="words " * 900),
        {"id": "w-without", "type": "no-such-type", "body": {"long": "y" * 3000}},
        5,
    ]
    request = urllib.request.Request(
        f"{service.base_url}/api/public/ingestion",
        json.dumps({"batch": wrong}).encode(),
        {"Authorization": service.authorization, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert len(json.load(answer)["errors"]) == len(wrong)


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_reasons_and_bodies_stay_inside_the_window(
    opened: Opened, running_service: Service, width: int
) -> None:
    refuse(running_service)
    page = opened(width=width)
    log_in(page, running_service, PAGE)
    expect(page.get_by_text("config not found").first).to_be_visible()
    for summary in page.locator("summary:has-text('show')").all():
        summary.click()
    expect(page.locator("pre").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.broken") is None


def test_two_keys_lead_to_it(opened: Opened, running_service: Service) -> None:
    page = opened()
    log_in(page, running_service, "/project/project-under-test/traces")
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page.locator("h1")).to_have_text("Rejected")
