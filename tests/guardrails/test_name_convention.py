"""Rule G09: verdicts recognised by name."""

from typing import Any

import pytest

from collector.guardrails import Verdict, recognise


def observation(name: str, **parts: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": "EVENT",
        "level": "DEFAULT",
        "metadata": {},
        "output": None,
        "status_message": None,
        **parts,
    }


def judged(name: str, **parts: Any) -> Verdict:
    verdict = recognise(observation(name, **parts))
    assert verdict is not None
    return verdict


def test_the_seed_event_is_a_declared_block_of_an_injection() -> None:
    metadata = {"reason": "injection_detected", "scanner": "llm-guard"}
    assert recognise(observation("guardrail-blocked", metadata=metadata)) == Verdict(
        action="blocked",
        stage="input",
        scanner="llm-guard",
        category="prompt_injection",
        severity="high",
        score=None,
        reason="injection_detected",
        rule="G09",
    )


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("guardrail-blocked", "blocked"),
        ("guardrails.block", "blocked"),
        ("guard: denied", "blocked"),
        ("safety/rejected", "blocked"),
        ("moderation_flagged", "flagged"),
        ("llm-guard warning", "flagged"),
        ("llm_guard_warned", "flagged"),
        ("llmguard-warn", "flagged"),
        ("guardrail-redacted", "redacted"),
        ("guardrail-masked", "redacted"),
        ("guardrail-anonymised", "redacted"),
        ("guardrail-anonymized", "redacted"),
        ("guardrail-sanitized", "redacted"),
        ("guardrailAllowed", "allowed"),
        ("GUARDRAIL-PASSED", "allowed"),
        ("guard ok", "allowed"),
        ("guardrail-error", "error"),
        ("guardrail-failed", "error"),
        ("guardrail-check", "unknown"),
        ("moderation", "unknown"),
    ],
)
def test_the_last_word_of_the_name_is_the_action(name: str, action: str) -> None:
    assert judged(name).action == action


@pytest.mark.parametrize("name", ["guardian-angel", "chat", "", "safeties", "my-guardrail-blocked"])
def test_other_names_are_no_verdict(name: str) -> None:
    assert recognise(observation(name)) is None


def test_an_observation_without_a_name_is_no_verdict() -> None:
    assert recognise({"name": None, "type": "EVENT"}) is None


@pytest.mark.parametrize("kind", ["GENERATION", "TOOL", "AGENT"])
def test_only_events_and_spans_speak_by_name(kind: str) -> None:
    assert recognise(observation("guardrail-blocked", type=kind)) is None


def test_a_span_speaks_by_name_too() -> None:
    assert judged("guardrail-blocked", type="SPAN").action == "blocked"


@pytest.mark.parametrize("key", ["scanner", "guardrail", "guardrail_name", "validator", "detector"])
def test_the_scanner_is_found_under_each_alias(key: str) -> None:
    assert (
        judged("guardrail-blocked", metadata={key: "PromptInjection"}).scanner == "PromptInjection"
    )


@pytest.mark.parametrize("key", ["reason", "message", "detail", "error"])
def test_the_reason_is_found_under_each_alias(key: str) -> None:
    assert judged("guardrail-blocked", metadata={key: "because"}).reason == "because"


@pytest.mark.parametrize("key", ["category", "risk", "violation", "type"])
def test_the_category_is_found_under_each_alias(key: str) -> None:
    assert judged("guardrail-blocked", metadata={key: "PII"}).category == "sensitive_disclosure"


@pytest.mark.parametrize("key", ["stage", "direction", "phase", "source"])
def test_the_stage_is_found_under_each_alias(key: str) -> None:
    assert judged("guardrail-blocked", metadata={key: "post_call"}).stage == "output"


@pytest.mark.parametrize(
    ("metadata", "score"),
    [
        ({"score": 0.93}, 0.93),
        ({"risk_score": -0.4}, 0.0),
        ({"riskScore": 7}, 0.7),
        ({"confidence": "0.5"}, 0.5),
        ({"score": 7}, None),
        ({"score": float("nan")}, None),
        ({"score": True}, None),
        ({"score": "high"}, None),
        ({"risk_score": -9}, None),
        ({"score": 10**400}, None),
    ],
)
def test_a_score_is_brought_to_zero_to_one_or_left_out(
    metadata: dict[str, Any], score: float | None
) -> None:
    assert judged("guardrail-blocked", metadata=metadata).score == score


@pytest.mark.parametrize(
    ("metadata", "action"),
    [
        ({"action": "deny"}, "blocked"),
        ({"verdict": "GUARDRAIL_INTERVENED"}, "blocked"),
        ({"decision": "warn"}, "flagged"),
        ({"status": "success"}, "allowed"),
        ({"action": "modify"}, "redacted"),
        ({"blocked": True}, "blocked"),
        ({"is_valid": False}, "blocked"),
        ({"isValid": True}, "allowed"),
        ({"passed": True}, "allowed"),
        ({"triggered": True}, "blocked"),
        ({"flagged": True}, "flagged"),
        ({"flagged": False}, "allowed"),
        ({"status": "whatever"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_without_a_last_word_metadata_tells_the_action(
    metadata: dict[str, Any], action: str
) -> None:
    assert judged("guardrail", metadata=metadata).action == action


def test_without_a_last_word_the_output_tells_the_action() -> None:
    assert judged("guardrail", output='{"allowed": false, "reason": "pii"}').action == "blocked"


def test_metadata_is_believed_before_the_output() -> None:
    parts = {"metadata": {"action": "warn"}, "output": '{"action": "allow"}'}
    assert judged("guardrail", **parts).action == "flagged"


@pytest.mark.parametrize("output", ["{broken", "[]", "plain", "{" * 9_000, '{"a":' * 9_000])
def test_an_output_that_is_no_object_is_left_alone(output: str) -> None:
    assert judged("guardrail", output=output).action == "unknown"


@pytest.mark.parametrize("metadata", [None, [], "text", {"reason": {"a": [1]}}, {"scanner": 7}])
def test_odd_metadata_never_raises(metadata: object) -> None:
    assert judged("guardrail-blocked", metadata=metadata).action == "blocked"


def test_a_long_reason_is_cut() -> None:
    assert len(judged("guardrail-blocked", metadata={"reason": "x" * 9_000}).reason or "") == 500


def test_the_status_message_stands_in_for_a_reason() -> None:
    verdict = judged("guardrail-blocked", status_message="Toxic message detected")
    assert (verdict.reason, verdict.category) == (
        "Toxic message detected",
        "content_safety",
    )


def test_an_injection_in_an_answer_keeps_its_stage() -> None:
    metadata = {"reason": "injection", "stage": "output"}
    assert judged("guardrail-blocked", metadata=metadata).stage == "output"


@pytest.mark.parametrize(
    ("name", "metadata", "severity"),
    [
        ("guardrail-blocked", {"reason": "jailbreak"}, "high"),
        ("guardrail-blocked", {"reason": "toxicity"}, "medium"),
        ("guardrail-allowed", {"reason": "jailbreak"}, "info"),
        ("guardrail-blocked", {"severity": "CRITICAL"}, "critical"),
        ("guardrail-check", {"severity": 3}, "low"),
    ],
)
def test_severity_is_declared_or_follows_action_and_category(
    name: str, metadata: dict[str, Any], severity: str
) -> None:
    assert judged(name, metadata=metadata).severity == severity
