"""How grave a verdict is: what the guardrail declares, else what its action and category mean."""

from typing import Final

from collector.guardrails.verdict import Action, Severity

_DECLARED: Final[dict[str, Severity]] = {
    "none": "info",
    "info": "info",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "critical": "critical",
}
_GRAVE: Final = frozenset(
    {"prompt_injection", "sensitive_disclosure", "excessive_agency", "hidden_context"}
)
_BY_ACTION: Final[dict[Action, Severity]] = {
    "blocked": "medium",
    "redacted": "medium",
    "flagged": "medium",
    "error": "medium",
    "unknown": "low",
    "allowed": "info",
}


def severity_of(declared: object, action: Action, category: str | None) -> Severity:
    """A block on a grave subject is high, unless it was said how grave it is."""
    known = _DECLARED.get(declared.lower()) if isinstance(declared, str) else None
    if known is not None:
        return known
    return "high" if action == "blocked" and category in _GRAVE else _BY_ACTION[action]
