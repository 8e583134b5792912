"""Asks each rule in turn; the first that recognises the observation decides."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from collector.guardrails import guard_events, name_convention, security_convention
from collector.guardrails.verdict import Verdict

RULES: Final[tuple[Callable[[Mapping[str, Any]], Verdict | None], ...]] = (
    security_convention.verdict,
    guard_events.verdict,
    name_convention.verdict,
)


def recognise(observation: Mapping[str, Any]) -> Verdict | None:
    """Reads name, type, level, metadata, output, status_message and span_events.

    None for no verdict.
    """
    for rule in RULES:
        verdict = rule(observation)
        if verdict is not None:
            return verdict
    return None
