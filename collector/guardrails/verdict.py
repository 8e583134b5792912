"""What a rule says about one observation that carries a guardrail's judgement."""

from dataclasses import dataclass
from typing import Literal

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
