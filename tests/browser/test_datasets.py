"""The pages of datasets on a screen and on a phone."""

import json
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened, log_in
from tests.servers.service import Service
from tests.web.examples import HOSTILE

PROJECT = "/project/project-under-test"


def post(service: Service, path: str, **body: Any) -> None:
    request = urllib.request.Request(
        f"{service.base_url}/api/public/{path}",
        json.dumps(body).encode(),
        {"Authorization": service.authorization, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def fill(service: Service) -> None:
    """A plain dataset, and one of which everything is long or hostile."""
    for name, text in (("questions/basic", "What is RAID?"), ("w" * 200, HOSTILE + "x" * 300)):
        post(service, "v2/datasets", name=name, description=text)
        for number in range(3):
            item = {"id": f"{name[:40]} {number}", "input": {"question": text, "n": number}}
            source = {"sourceTraceId": "t1", "expectedOutput": text}
            post(service, "dataset-items", datasetName=name, **item, **source)
        run = {"runName": f"run of {text}", "runDescription": text, "traceId": "t1"}
        post(service, "dataset-run-items", datasetItemId=f"{name[:40]} 0", **run)


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_datasets_stay_inside_the_window(
    opened: Opened, running_service: Service, width: int
) -> None:
    fill(running_service)
    page = opened(width=width)
    log_in(page, running_service, f"{PROJECT}/datasets")
    for path in ("datasets", "datasets/questions%2Fbasic", f"datasets/{'w' * 200}"):
        page.goto(f"{PROJECT}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate("window.broken") is None


def test_two_keys_and_a_link_lead_to_a_dataset(opened: Opened, running_service: Service) -> None:
    fill(running_service)
    page = opened()
    log_in(page, running_service, f"{PROJECT}/traces")
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page.locator("h1")).to_have_text("Datasets")
    page.get_by_role("link", name="questions/basic").click()
    expect(page.locator("h1")).to_have_text("questions/basic")
    expect(page.get_by_text("run of What is RAID?")).to_be_visible()
