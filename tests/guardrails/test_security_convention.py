"""Rule G01: verdicts told in the security attributes and events of OpenTelemetry and Microsoft."""

from typing import Any

import pytest

from collector.guardrails import Verdict, recognise


def observation(
    attributes: dict[str, Any] | None = None, *findings: dict[str, Any], **parts: Any
) -> dict[str, Any]:
    """A span with these attributes, and an event for each finding."""
    name = parts.pop("event", "gen_ai.security.finding")
    return {
        "name": "guard",
        "type": "SPAN",
        "level": "DEFAULT",
        "metadata": {"attributes": attributes or {}},
        "output": None,
        "status_message": None,
        "span_events": [{"name": name, "time_ms": 1, "attributes": each} for each in findings],
        **parts,
    }


def judged(*told: Any, **parts: Any) -> Verdict:
    verdict = recognise(observation(*told, **parts))
    assert verdict is not None
    return verdict


def test_all_that_a_span_says_is_read() -> None:
    attributes = {
        "gen_ai.operation.name": "run_guardrail",
        "gen_ai.security.target.type": "llm_input",
        "gen_ai.security.verdict.type": "warn",
        "gen_ai.security.verdict.reason": "looks like an attack",
        "gen_ai.security.action.type": "deny",
        "gen_ai.security.guardrail.name": "Prompt Shield",
        "gen_ai.security.risk.category": "jailbreak",
        "gen_ai.security.risk.score": "0.93",
    }
    assert judged(attributes) == Verdict(
        action="blocked",
        stage="input",
        scanner="Prompt Shield",
        category="prompt_injection",
        severity="high",
        score=0.93,
        reason="looks like an attack",
        rule="G01",
    )


@pytest.mark.parametrize(
    ("said", "action"),
    [
        ({"action.type": "allow", "verdict.type": "deny"}, "allowed"),
        ({"action.type": "block"}, "blocked"),
        ({"decision.type": "audit"}, "flagged"),
        ({"decision": "modify"}, "redacted"),
        ({"verdict.type": "warn"}, "flagged"),
        ({"verdict.type": "warn", "content.modified": "true"}, "redacted"),
        ({"action.type": "deny", "content.modified": "true"}, "blocked"),
        ({"content.modified": True}, "redacted"),
        ({"action.type": "unheard of", "verdict.type": "allow"}, "allowed"),
        ({"guardrail.id": "g1"}, "unknown"),
    ],
)
@pytest.mark.parametrize("prefix", ["gen_ai.security.", "microsoft.security."])
def test_what_the_caller_did_counts_before_what_the_guard_found(
    prefix: str, said: dict[str, Any], action: str
) -> None:
    assert judged({prefix + name: value for name, value in said.items()}).action == action


@pytest.mark.parametrize(
    ("target", "stage"),
    [
        ("llm_input", "input"),
        ("llm_output", "output"),
        ("tool_call", "tool_call"),
        ("tool_definition", "tool_call"),
        ("memory_store", "memory"),
        ("memory_retrieve", "memory"),
        ("knowledge_query", "retrieval"),
        ("knowledge_result", "retrieval"),
        ("message", "unknown"),
        (5, "unknown"),
    ],
)
def test_the_target_is_the_stage(target: Any, stage: str) -> None:
    assert judged({"microsoft.security.target.type": target}).stage == stage


@pytest.mark.parametrize(
    ("severity", "known"), [("none", "info"), ("Critical", "critical"), ("?", "medium")]
)
def test_a_severity_that_is_said_counts(severity: str, known: str) -> None:
    attributes = {
        "microsoft.guardian.decision.type": "deny",
        "microsoft.guardian.risk.severity": severity,
    }
    assert judged(attributes).severity == known


@pytest.mark.parametrize("operation", ["run_guardrail", "apply_guardrail"])
def test_a_guardrail_that_says_nothing_is_known_to_have_run(operation: str) -> None:
    silent = judged({"gen_ai.operation.name": operation})
    assert (silent.action, silent.severity) == ("unknown", "low")


def test_a_guardrail_that_failed_is_an_error_with_its_message() -> None:
    attributes = {"gen_ai.operation.name": "run_guardrail"}
    failed = judged(attributes, level="ERROR", status_message="no answer")
    assert (failed.action, failed.reason) == ("error", "no answer")


def test_of_several_findings_the_worst_decides() -> None:
    found = judged(
        {"gen_ai.security.guardrail.name": "Scanner", "gen_ai.security.target.type": "llm_output"},
        {"gen_ai.security.action.type": "allow"},
        {"gen_ai.security.action.type": "deny", "gen_ai.security.risk.category": "pii"},
        {"gen_ai.security.action.type": "warn", "gen_ai.security.risk.severity": "critical"},
    )
    assert (found.action, found.category, found.severity) == (
        "blocked",
        "sensitive_disclosure",
        "high",
    )
    assert (found.scanner, found.stage) == ("Scanner", "output")


def test_of_equal_actions_severity_and_then_score_decide() -> None:
    low = {"gen_ai.security.verdict.type": "warn", "gen_ai.security.risk.score": 0.2}
    high = {**low, "gen_ai.security.risk.score": 0.8}
    grave = {**low, "gen_ai.security.risk.severity": "high"}
    assert judged({}, low, high).score == 0.8
    assert judged({}, high, grave).severity == "high"


def test_a_finding_without_an_action_is_flagged() -> None:
    finding = {"microsoft.security.risk.category": "toxicity"}
    found = judged({}, finding, event="microsoft.security.finding")
    assert (found.action, found.category) == ("flagged", "content_safety")


@pytest.mark.parametrize("score", [-1, 1.5, "much", True, None])
def test_a_score_that_is_no_risk_is_not_taken(score: Any) -> None:
    assert judged({"gen_ai.security.risk.score": score}).score is None


@pytest.mark.parametrize(
    "told",
    [
        observation({"gen_ai.operation.name": "chat", "gen_ai.securityx": 1}, name="chat"),
        observation(name="chat", metadata={"attributes": "text"}),
        observation(name="chat", metadata=None, span_events=None),
    ],
)
def test_other_spans_carry_no_verdict(told: dict[str, Any]) -> None:
    assert recognise(told) is None
