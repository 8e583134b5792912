"""Rule G01: attributes and events of the security conventions, OpenTelemetry's and Microsoft's.

What the caller did (`action`) counts before what the guard found (`verdict`, older `decision`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from collector.guardrails import reading
from collector.guardrails.categories import category_of
from collector.guardrails.severity import severity_of
from collector.guardrails.verdict import Action, Verdict, worst

RULE: Final = "G01"
PREFIXES: Final = (
    *("gen_ai.security.", "microsoft.security."),
    *("gen_ai.guardian.", "microsoft.guardian."),
)
FINDING_SUFFIX: Final = ".security.finding"
_OPERATIONS: Final = frozenset({"run_guardrail", "apply_guardrail"})

_ACTIONS: Final = (
    *("action.type", "action", "decision.type", "decision", "verdict.type", "verdict"),
)
_STAGES: Final = ("target.type", "target")
_SCANNERS: Final = (
    *("guardrail.name", "guardian.name", "name", "guardrail.id", "guardian.id", "id"),
    *("policy.name", "policy.id"),
)
_CATEGORIES: Final = ("risk.category", "risk.finding", "risk.categories", "category", "finding")
_REASONS: Final = (
    *("verdict.reason", "decision.reason", "action.reason", "reason", "risk.description"),
    *("verdict.code", "decision.code"),
)
_SCORES: Final = ("risk.score", "score")
_SEVERITIES: Final = ("risk.severity", "severity")


def verdict(observation: Mapping[str, Any]) -> Verdict | None:
    """The worst finding, each read over what the span itself says; else the span's own words."""
    attributes = reading.span_attributes(observation)
    own = dict(_security(attributes))
    events = observation.get("span_events") or ()
    findings = [
        dict(_security(event.get("attributes") or {}))
        for event in events
        if str(event.get("name")).endswith(FINDING_SUFFIX)
    ]
    if findings:
        return worst(_read(own | finding, observation, "flagged") for finding in findings)
    if own or attributes.get("gen_ai.operation.name") in _OPERATIONS:
        return _read(own, observation, "unknown")
    return None


def _security(attributes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The conventions' attributes without their prefix."""
    for name, value in attributes.items():
        if name.startswith(PREFIXES):
            prefix = next(prefix for prefix in PREFIXES if name.startswith(prefix))
            yield name[len(prefix) :], value


def _read(said: Mapping[str, Any], observation: Mapping[str, Any], silent: Action) -> Verdict:
    action = _action(said, observation, silent)
    scanner = reading.text_in(said, _SCANNERS)
    reason = reading.reason_text(said, _REASONS)
    category = category_of(reading.text_in(said, _CATEGORIES), scanner, reason)
    severity = severity_of(reading.text_in(said, _SEVERITIES), action, category)
    return Verdict(
        action=action,
        stage=reading.stage_in({"stage": reading.text_in(said, _STAGES)}),
        scanner=scanner,
        category=category,
        severity=severity,
        score=reading.risk_in(said, _SCORES),
        reason=reason or reading.status_reason(observation),
        rule=RULE,
    )


def _action(said: Mapping[str, Any], observation: Mapping[str, Any], silent: Action) -> Action:
    known = (reading.action_of(said.get(name)) for name in _ACTIONS)
    action = next((action for action in known if action), None)
    is_modified = said.get("content.modified") in (True, "true")
    if is_modified and action in (None, "allowed", "flagged"):
        return "redacted"
    if action is None and observation.get("level") == "ERROR":
        return "error"
    return action or silent
