"""Reads what guardrails write in metadata or output, whichever of the usual keys they chose."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from collector.guardrails.verdict import Action, Stage

SCANNER_KEYS: Final = (
    "scanner",
    "guardrail",
    "guardrailname",
    "validator",
    "detector",
    "tool",
)
REASON_KEYS: Final = ("reason", "message", "detail", "error")
CATEGORY_KEYS: Final = ("category", "risk", "violation", "type")
SCORE_KEYS: Final = ("score", "riskscore", "confidence")
STAGE_KEYS: Final = ("stage", "direction", "phase", "source")
ACTION_KEYS: Final = ("action", "verdict", "decision", "status")

_REASON_CHARACTERS_MAX: Final = 500
_NAME_CHARACTERS_MAX: Final = 200

# Flags in the order they are believed: what the caller did comes before what the guard found.
_FLAGS: Final[tuple[tuple[str, bool, Action], ...]] = (
    ("blocked", True, "blocked"),
    ("triggered", True, "blocked"),
    ("isvalid", False, "blocked"),
    ("allowed", False, "blocked"),
    ("passed", False, "blocked"),
    ("validationpassed", False, "blocked"),
    ("safe", False, "blocked"),
    ("ok", False, "blocked"),
    ("flagged", True, "flagged"),
    ("detected", True, "flagged"),
    ("attackdetected", True, "flagged"),
    ("unsafe", True, "flagged"),
    ("isvalid", True, "allowed"),
    ("allowed", True, "allowed"),
    ("passed", True, "allowed"),
    ("validationpassed", True, "allowed"),
    ("safe", True, "allowed"),
    ("ok", True, "allowed"),
    ("flagged", False, "allowed"),
    ("blocked", False, "allowed"),
    ("triggered", False, "allowed"),
    ("detected", False, "allowed"),
    ("attackdetected", False, "allowed"),
    ("unsafe", False, "allowed"),
)

ACTION_WORDS: Final[dict[str, Action]] = {
    **dict.fromkeys(("blocked", "block", "denied", "deny", "rejected", "reject"), "blocked"),
    **dict.fromkeys(("intervened", "guardrailintervened", "refused"), "blocked"),
    **dict.fromkeys(("flagged", "flag", "warn", "warned", "warning", "unsafe"), "flagged"),
    **dict.fromkeys(("audit", "audited"), "flagged"),
    **dict.fromkeys(("redacted", "redact", "masked", "mask", "modify", "modified"), "redacted"),
    **dict.fromkeys(("anonymized", "anonymised", "sanitized", "sanitised"), "redacted"),
    **dict.fromkeys(("allowed", "allow", "passed", "pass", "ok", "safe", "success"), "allowed"),
    **dict.fromkeys(("error", "failed", "failure", "timeout"), "error"),
}

_STAGE_WORDS: Final[dict[str, Stage]] = {
    **dict.fromkeys(("input", "prompt", "user", "request", "inlet", "inbound"), "input"),
    **dict.fromkeys(("precall", "duringcall", "preflight", "userinput", "llminput"), "input"),
    **dict.fromkeys(("output", "response", "completion", "outlet", "outbound"), "output"),
    **dict.fromkeys(("postcall", "postflight", "answer", "llmoutput"), "output"),
    **dict.fromkeys(("toolcall", "tool", "tooldefinition"), "tool_call"),
    **dict.fromkeys(("toolresult", "tooloutput"), "tool_result"),
    **dict.fromkeys(("retrieval", "retriever", "knowledge", "context"), "retrieval"),
    **dict.fromkeys(("knowledgequery", "knowledgeresult"), "retrieval"),
    **dict.fromkeys(("memory", "memorystore", "memoryretrieve"), "memory"),
}


def _squeezed(key: str) -> str:
    return "".join(letter for letter in key.lower() if letter.isalnum())


def known_keys(said: object) -> dict[str, Any]:
    """The top level of an object under one spelling: `is_valid`, `isValid` -> `isvalid`."""
    if not isinstance(said, Mapping):
        return {}
    return {_squeezed(str(key)): value for key, value in said.items()}


def _as_text(value: object, characters_max: int) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = ", ".join(value)
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text.strip()[:characters_max] or None


def _first_text(said: Mapping[str, Any], keys: Iterable[str], characters_max: int) -> str | None:
    texts = (_as_text(said.get(key), characters_max) for key in keys)
    return next((text for text in texts if text), None)


def text_in(said: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    """The first text under one of these keys, at most 200 characters."""
    return _first_text(said, keys, _NAME_CHARACTERS_MAX)


def reason_text(said: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    """The first text under one of these keys, at most 500 characters."""
    return _first_text(said, keys, _REASON_CHARACTERS_MAX)


def status_reason(observation: Mapping[str, Any]) -> str | None:
    """The status message where no reason is given."""
    return (observation.get("status_message") or "")[:_REASON_CHARACTERS_MAX] or None


def span_attributes(observation: Mapping[str, Any]) -> Mapping[str, Any]:
    """The attributes of the span an observation was made from, as its metadata keep them."""
    metadata = observation.get("metadata")
    attributes = metadata.get("attributes") if isinstance(metadata, Mapping) else None
    return attributes if isinstance(attributes, Mapping) else {}


def scanner_in(said: Mapping[str, Any]) -> str | None:
    """The scanner's name."""
    return _first_text(said, SCANNER_KEYS, _NAME_CHARACTERS_MAX)


def reason_in(said: Mapping[str, Any]) -> str | None:
    """The reason given, at most 500 characters."""
    return _first_text(said, REASON_KEYS, _REASON_CHARACTERS_MAX)


def category_text_in(said: Mapping[str, Any]) -> str | None:
    """The category in the guardrail's own words."""
    return _first_text(said, CATEGORY_KEYS, _NAME_CHARACTERS_MAX)


def stage_in(said: Mapping[str, Any]) -> Stage:
    """Which part of the exchange was judged."""
    for key in STAGE_KEYS:
        value = said.get(key)
        if isinstance(value, str) and _squeezed(value) in _STAGE_WORDS:
            return _STAGE_WORDS[_squeezed(value)]
    return "unknown"


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def score_in(said: Mapping[str, Any]) -> float | None:
    """Risk from 0 to 1. -1..0 counts as none; only a risk score is read as one out of ten."""
    for key in SCORE_KEYS:
        number = _number(said.get(key))
        if number is None:
            continue
        if -1 <= number <= 1:
            return max(0.0, number)
        if key == "riskscore" and number <= 10:
            return number / 10 if number > 0 else None
        return None
    return None


def risk_in(said: Mapping[str, Any], keys: Iterable[str]) -> float | None:
    """The first number under one of these keys, if it is a risk from 0 to 1."""
    known = (_number(said.get(key)) for key in keys)
    number = next((number for number in known if number is not None), None)
    return number if number is not None and 0 <= number <= 1 else None


def action_of(value: object) -> Action | None:
    """The action that a word stands for."""
    return ACTION_WORDS.get(_squeezed(value)) if isinstance(value, str) else None


def action_in(said: Mapping[str, Any]) -> Action | None:
    """What was done: a word under one of the usual keys, else the first telling flag."""
    for key in ACTION_KEYS:
        action = action_of(said.get(key))
        if action is not None:
            return action
    for key, flag, action in _FLAGS:
        if said.get(key) is flag:
            return action
    return None
