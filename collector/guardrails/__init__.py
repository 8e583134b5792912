"""Rules that recognise guardrail verdicts in observations. Pure."""
