"""Rule G02: evaluations that OpenLIT writes as events of the span it protects."""

from typing import Any

import pytest

from collector.guardrails import Verdict, recognise


def judged(*evaluations: dict[str, Any]) -> Verdict | None:
    events = [
        {"name": "guard.evaluation", "time_ms": 1, "attributes": attributes}
        for attributes in evaluations
    ]
    return recognise({"name": "chat", "type": "GENERATION", "span_events": events})


def test_all_that_an_evaluation_says_is_read() -> None:
    evaluation = {
        "guard.name": "prompt_injection",
        "guard.phase": "preflight",
        "guard.action": "deny",
        "guard.score": 0.9,
        "guard.classification": "impersonation",
        "guard.explanation": "asks to forget the rules",
        "guard.latency_ms": 12.5,
    }
    assert judged(evaluation) == Verdict(
        action="blocked",
        stage="input",
        scanner="prompt_injection",
        category="prompt_injection",
        severity="high",
        score=0.9,
        reason="asks to forget the rules",
        rule="G02",
    )


@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("allow", "allowed"),
        ("warn", "flagged"),
        ("redact", "redacted"),
        ("deny", "blocked"),
        ("unheard of", "unknown"),
        (None, "unknown"),
    ],
)
def test_the_action_is_told_by_a_word(word: Any, action: str) -> None:
    verdict = judged({"guard.action": word})
    assert verdict is not None
    assert verdict.action == action


@pytest.mark.parametrize(
    ("phase", "stage"), [("preflight", "input"), ("postflight", "output"), (7, "unknown")]
)
def test_the_phase_is_the_stage(phase: Any, stage: str) -> None:
    verdict = judged({"guard.phase": phase})
    assert verdict is not None
    assert verdict.stage == stage


def test_of_several_evaluations_the_worst_decides() -> None:
    names = ("allow", "deny", "redact", "warn")
    verdict = judged(*({"guard.name": name, "guard.action": name} for name in names))
    assert verdict is not None
    assert (verdict.action, verdict.scanner) == ("blocked", "deny")


def test_a_guard_that_passed_everything_is_kept_too() -> None:
    verdict = judged({"guard.action": "allow"}, {"guard.action": "allow"})
    assert verdict is not None
    assert (verdict.action, verdict.severity) == ("allowed", "info")


def test_without_evaluations_there_is_no_verdict() -> None:
    assert judged() is None
