"""What a rule says about one observation that carries a guardrail's judgement."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Action = Literal["blocked", "redacted", "flagged", "allowed", "error", "unknown"]
Stage = Literal["input", "output", "tool_call", "tool_result", "retrieval", "memory", "unknown"]
Severity = Literal["info", "low", "medium", "high", "critical"]


@dataclass(frozen=True)
class Verdict:
    """`score` runs from 0 to 1, higher is riskier; None stands for "not said"."""

    action: Action
    stage: Stage
    scanner: str | None
    category: str | None
    severity: Severity
    score: float | None
    reason: str | None
    rule: str


# From what needs no look to what was stopped; a guard that failed let something pass unseen.
_BY_GRAVITY: Final[tuple[Action, ...]] = (
    *("allowed", "unknown", "error", "flagged", "redacted", "blocked"),
)
_SEVERITIES: Final[tuple[Severity, ...]] = ("info", "low", "medium", "high", "critical")


def worst(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The gravest by action, then severity, then score; the first of equals, None of none."""
    return max(verdicts, key=_gravity, default=None)


def _gravity(verdict: Verdict) -> tuple[int, int, float]:
    severity = _SEVERITIES.index(verdict.severity)
    return _BY_GRAVITY.index(verdict.action), severity, verdict.score or 0.0
