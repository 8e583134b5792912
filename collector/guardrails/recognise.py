"""Asks each rule in turn; the first that recognises the observation decides."""

from collections.abc import Mapping
from typing import Any

from collector.guardrails import name_convention
from collector.guardrails.verdict import Verdict


def recognise(observation: Mapping[str, Any]) -> Verdict | None:
    """Reads name, type, level, metadata, output and status_message; None for no verdict."""
    return name_convention.verdict(observation)
