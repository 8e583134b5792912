"""The two calls of a program that has used the Python SDK 2 for long, word for word."""

from typing import Any

import httpx
import pytest

from tests.contract.turns import asking, get, run_script
from tests.servers.service import Service

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def told(running_service: Service, node: str) -> dict[str, str]:
    """The ids of what the program wrote."""
    homelab: dict[str, str] = run_script("py2", running_service, node).told["homelab"]
    return homelab


def test_a_generation_on_a_trace_keeps_payloads_and_its_total(
    running_service: Service, told: dict[str, str]
) -> None:
    with asking(running_service) as http:
        trace = get(http, f"/api/public/traces/{told['trace_id']}")
    (generation,) = trace["observations"]
    usage = {"input": 0, "output": 0, "total": 42, "unit": "TOKENS"}

    assert (trace["name"], trace["metadata"]["user"]) == ("chat-completion", "bob")
    assert (generation["type"], generation["name"]) == ("GENERATION", "llm-response")
    assert generation["id"] == told["generation_id"]
    assert (generation["input"], generation["output"]) == ("What is for supper?", "Soup.")
    assert (generation["usageDetails"], generation["usage"]) == ({"total": 42}, usage)


def test_a_guardrail_event_makes_a_trace_of_its_own(
    running_service: Service, told: dict[str, str]
) -> None:
    with asking(running_service) as http:
        trace = get(http, f"/api/public/traces/{told['event_trace_id']}")
    (event,) = trace["observations"]

    assert (trace["name"], event["id"]) == ("guardrail-blocked", told["event_id"])
    assert (event["type"], event["name"]) == ("EVENT", "guardrail-blocked")
    assert event["metadata"] == {"reason": "injection_detected", "scanner": "llm-guard"}


def test_the_page_of_guardrail_events_shows_the_verdict(
    running_service: Service, told: dict[str, str]
) -> None:
    rows = {row["id"]: row for row in guardrail_rows(running_service)}
    verdict = rows[told["event_id"]]

    assert verdict["trace_id"] == told["event_trace_id"]
    assert (verdict["guard_scanner"], verdict["guard_reason"], verdict["guard_action"]) == (
        "llm-guard",
        "injection_detected",
        "blocked",
    )


def guardrail_rows(service: Service) -> list[dict[str, Any]]:
    """What a person who is logged in sees under Guardrails."""
    person = {"email": service.user_email, "password": service.user_password}
    origin = {"Origin": service.base_url}
    with httpx.Client(base_url=service.base_url, headers=origin, timeout=30) as browser:
        assert browser.post("/login", data=person).status_code == 303
        page = get(browser, f"/project/{service.project_id}/guardrails", {"format": "json"})
    rows: list[dict[str, Any]] = page["rows"]
    return rows
