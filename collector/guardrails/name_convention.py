"""Rule G09: an event or span that says by its name what a guardrail did."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from collector.guardrails import reading
from collector.guardrails.categories import category_of
from collector.guardrails.severity import severity_of
from collector.guardrails.verdict import Stage, Verdict

RULE: Final = "G09"

_NAME: Final = re.compile(
    r"(?:guardrails?|guard|safety|moderation|llm[-_ ]?guard)[-_.: /]*"
    r"(blocked|block|denied|rejected|flagged|warn(?:ed|ing)?|redacted|masked|anonymi[sz]ed"
    r"|sanitized|allowed|passed|ok|error|failed)?(?![a-z])",
    re.IGNORECASE,
)
_TYPES: Final = frozenset({"EVENT", "SPAN"})
_OUTPUT_CHARACTERS_MAX: Final = 65_536


def _output(text: object) -> dict[str, Any]:
    """The output as an object; anything longer than a verdict is not worth parsing."""
    if not isinstance(text, str) or not text.startswith("{"):
        return {}
    if len(text) > _OUTPUT_CHARACTERS_MAX:
        return {}
    try:
        return reading.known_keys(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _stage(said: Mapping[str, Any], category: str | None) -> Stage:
    stage = reading.stage_in(said)
    # An injection comes in with a prompt unless the guardrail says otherwise.
    return "input" if stage == "unknown" and category == "prompt_injection" else stage


def verdict(observation: Mapping[str, Any]) -> Verdict | None:
    """The name's last word decides; without one, metadata and then output do."""
    match = _NAME.match(observation.get("name") or "")
    if match is None or observation.get("type") not in _TYPES:
        return None
    metadata = reading.known_keys(observation.get("metadata"))
    said = {**_output(observation.get("output")), **metadata}
    suffix = (match.group(1) or "").lower()
    action = reading.ACTION_WORDS.get(suffix) or reading.action_in(said) or "unknown"
    scanner = reading.scanner_in(said)
    reason = reading.reason_in(said) or reading.status_reason(observation)
    category = category_of(reading.category_text_in(said), scanner, reason)
    return Verdict(
        action=action,
        stage=_stage(said, category),
        scanner=scanner,
        category=category,
        severity=severity_of(said.get("severity"), action, category),
        score=reading.score_in(said),
        reason=reason,
        rule=RULE,
    )
