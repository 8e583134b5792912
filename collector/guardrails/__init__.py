"""Rules that recognise guardrail verdicts in observations. Pure."""

from collector.guardrails.recognise import recognise
from collector.guardrails.verdict import Verdict

__all__ = ["Verdict", "recognise"]
