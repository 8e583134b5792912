"""Verdicts that arrive as events or attributes of spans stand on the guardrails page."""

import json
from typing import Any

from tests.contract.turns import asking, get
from tests.servers.service import Service

START = 1_795_212_000_000_000_000


def attributes(values: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def span(number: int, **more: Any) -> dict[str, Any]:
    return {
        "traceId": f"{0xBAD000 + number:032x}",
        "spanId": f"{0xBAD000 + number:016x}",
        "name": f"protected {number}",
        "startTimeUnixNano": str(START + number * 1_000_000),
        "endTimeUnixNano": str(START + number * 1_000_000 + 1_000_000),
        **more,
    }


def test_span_verdicts_stand_on_the_guardrails_page(running_service: Service) -> None:
    denied = {"guard.name": "pii", "guard.action": "redact", "guard.phase": "postflight"}
    passed = {"guard.name": "injection", "guard.action": "allow", "guard.phase": "preflight"}
    finding = {"gen_ai.security.action.type": "deny", "gen_ai.security.risk.category": "jailbreak"}
    spans = [
        span(
            1,
            events=[
                {"name": "guard.evaluation", "attributes": attributes(passed)},
                {"name": "guard.evaluation", "attributes": attributes(denied)},
                {"name": "exception", "attributes": attributes({"exception.message": "m"})},
            ],
        ),
        span(2, events=[{"name": "gen_ai.security.finding", "attributes": attributes(finding)}]),
        span(3, attributes=attributes({"microsoft.security.decision.type": "audit"})),
        span(4, events=[{"name": "exception", "attributes": attributes({"guard.action": "deny"})}]),
    ]
    scopes = [{"scope": {"name": "openlit"}, "spans": spans}]
    body = json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": scopes}]})
    headers = {"content-type": "application/json"}
    with asking(running_service) as http:
        sent = http.post("/api/public/otel/v1/traces", content=body, headers=headers)
        assert sent.status_code == 200, sent.text
        form = {"email": running_service.user_email, "password": running_service.user_password}
        assert http.post("/login", data=form).status_code in (302, 303)
        page = get(
            http,
            f"/project/{running_service.project_id}/guardrails",
            {"format": "json", "range": "all"},
        )
    shown = ("name", "guard_rule", "guard_action", "guard_stage", "guard_category")

    assert {tuple(row[key] for key in shown) for row in page["rows"]} == {
        ("protected 1", "G02", "redacted", "output", "sensitive_disclosure"),
        ("protected 2", "G01", "blocked", "unknown", "prompt_injection"),
        ("protected 3", "G01", "flagged", "unknown", None),
    }
