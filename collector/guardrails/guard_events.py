"""Rule G02: OpenLIT writes an event on the span that it protects, one for each guard."""

from collections.abc import Mapping
from typing import Any, Final

from collector.guardrails import reading
from collector.guardrails.categories import category_of
from collector.guardrails.severity import severity_of
from collector.guardrails.verdict import Verdict, worst

RULE: Final = "G02"
EVENT: Final = "guard.evaluation"


def verdict(observation: Mapping[str, Any]) -> Verdict | None:
    """The worst of the evaluations."""
    events = observation.get("span_events") or ()
    evaluations = (event for event in events if event.get("name") == EVENT)
    return worst(_read(event.get("attributes") or {}) for event in evaluations)


def _read(said: Mapping[str, Any]) -> Verdict:
    action = reading.action_of(said.get("guard.action")) or "unknown"
    scanner = reading.text_in(said, ("guard.name",))
    reason = reading.reason_text(said, ("guard.explanation",))
    category = category_of(reading.text_in(said, ("guard.classification",)), scanner, reason)
    return Verdict(
        action=action,
        stage=reading.stage_in({"stage": said.get("guard.phase")}),
        scanner=scanner,
        category=category,
        severity=severity_of(None, action, category),
        score=reading.risk_in(said, ("guard.score",)),
        reason=reason,
        rule=RULE,
    )
