"""Verdicts that arrive as events or attributes of spans stand on the guardrails page."""

from typing import Any

from tests.contract.sending import Json, Sender, attributes, new_ids, span
from tests.contract.turns import asking, get
from tests.servers.service import Service


def protected(name: str, said: Json | None = None, **events: Json) -> Json:
    """A span with these attributes and events, the latter named with __ for a dot."""
    told: list[Any] = [
        {"name": event.replace("__", "."), "attributes": attributes(values)}
        for event, values in events.items()
    ]
    return span(*new_ids(), said, name=name, events=told)


def test_span_verdicts_stand_on_the_guardrails_page(running_service: Service) -> None:
    redacted = {"guard.name": "pii", "guard.action": "redact", "guard.phase": "postflight"}
    finding = {"gen_ai.security.action.type": "deny", "gen_ai.security.risk.category": "jailbreak"}
    sent = Sender(running_service).export(
        protected("openlit", guard__evaluation=redacted, exception={"exception.message": "m"}),
        protected("semconv", gen_ai__security__finding=finding),
        protected("microsoft", {"microsoft.security.decision.type": "audit"}),
        protected("other", exception={"guard.action": "deny"}),
    )
    assert sent.status == 200, sent.body
    with asking(running_service) as http:
        form = {"email": running_service.user_email, "password": running_service.user_password}
        assert http.post("/login", data=form).status_code in (302, 303)
        path = f"/project/{running_service.project_id}/guardrails"
        page = get(http, path, {"format": "json", "range": "all"})
    shown = ("name", "guard_rule", "guard_action", "guard_stage", "guard_category")

    assert {tuple(row[key] for key in shown) for row in page["rows"]} == {
        ("openlit", "G02", "redacted", "output", "sensitive_disclosure"),
        ("semconv", "G01", "blocked", "unknown", "prompt_injection"),
        ("microsoft", "G01", "flagged", "unknown", None),
    }
