"""Units and cost of a span (contract/otel.md 8), in the dialects of the conventions."""

from typing import Any, Final

from collector.ingest.mapping import adk, gen_ai, genkit, vercel
from collector.ingest.mapping.attributes import parsed
from collector.ingest.mapping.counting import number
from collector.ingest.otlp_span import Attributes, Span
from collector.ingest.usage import usage_details

PREFIXES: Final = ("gen_ai.usage.", "llm.token_count.")
_COST: Final = "gen_ai.usage.cost"
_USAGE_DETAILS: Final = "langfuse.observation.usage_details"
_COST_DETAILS: Final = "langfuse.observation.cost_details"

INPUT: Final = ("prompt_tokens", "input_tokens", "prompt")
OUTPUT: Final = ("completion_tokens", "output_tokens", "completion")
TOTAL: Final = ("total_tokens", "total")
# Usage types that are part of the input or of the output, and what the conventions call them.
INPUT_PARTS: Final = {
    "input_cached_tokens": (
        *("cache_read.input_tokens", "cache_read_input_tokens", "cache_read_tokens"),
        *("details.cache_read_tokens", "details.cache_read_input_tokens"),
        *("prompt_details.cache_read", "input_cached_tokens"),
    ),
    "input_cache_creation": (
        *("cache_creation.input_tokens", "cache_creation_input_tokens", "cache_write_tokens"),
        *("details.cache_write_tokens", "details.cache_creation_input_tokens"),
        *("prompt_details.cache_write", "input_cache_creation"),
    ),
}
OUTPUT_PARTS: Final = {
    "output_reasoning_tokens": ("reasoning.output_tokens", "completion_details.reasoning"),
    "output_audio_tokens": ("completion_details.audio",),
}
_DETAIL = "details."


def usage(span: Span) -> dict[str, int] | None:
    """Counts by usage type; `None` when there are none, or when child spans tell them again."""
    if gen_ai.operation(span) in gen_ai.WITHOUT_USAGE:
        return None
    return usage_details(_reported(span), (), []) or None


def _reported(span: Span) -> dict[str, Any]:
    said = _own_words(span.attributes, _USAGE_DETAILS)
    if said is not None:
        return said
    if span.scope.name == genkit.SCOPE:
        counts = genkit.usage(span)
        if counts is not None:
            return counts
    if span.scope.name == vercel.SCOPE:
        return vercel.usage(span)
    known = generic(span.attributes)
    return _with_cached(known, adk.cached_tokens(span)) if span.scope.name == adk.SCOPE else known


def _own_words(values: Attributes, name: str) -> dict[str, Any] | None:
    """What Langfuse's own attribute says: all that is no object says nothing, but it was said.

    `None` when the attribute is absent, or a text that is no JSON.
    """
    said = values.get(name)
    known = parsed(said)
    if name not in values or (known is said and isinstance(said, str)):
        return None
    return known if isinstance(known, dict) else {}


def _with_cached(known: dict[str, Any], cached: int) -> dict[str, Any]:
    if not cached or "input_cached_tokens" in known:
        return known
    net = {"input": max(known["input"] - cached, 0)} if "input" in known else {}
    return known | net | {"input_cached_tokens": cached}


def generic(values: Attributes) -> dict[str, float]:
    """Every count under the known prefixes; input and output without the parts told apart."""
    counts = _counts(values)
    if not counts:
        return {}
    made = {
        kind: value
        for kind, aliases in (INPUT_PARTS | OUTPUT_PARTS).items()
        if (value := _take(counts, aliases)) is not None
    }
    for kind, aliases, parts in (
        ("input", INPUT, INPUT_PARTS),
        ("output", OUTPUT, OUTPUT_PARTS),
    ):
        gross = _take(counts, aliases)
        if gross is not None:
            made[kind] = max(gross - sum(made.get(part, 0) for part in parts), 0)
    total = _take(counts, TOTAL)
    if total is not None:
        made["total"] = total
    return {name.removeprefix(_DETAIL): value for name, value in counts.items()} | made


def _counts(values: Attributes) -> dict[str, float]:
    counts = {}
    for name, value in values.items():
        if name.startswith(PREFIXES) and name != _COST:
            known = number(value)
            if known is not None:
                prefix = PREFIXES[0] if name.startswith(PREFIXES[0]) else PREFIXES[1]
                counts[name[len(prefix) :]] = known
    return counts


def _take(counts: dict[str, float], aliases: tuple[str, ...]) -> float | None:
    """The first of the aliases; all of them leave `counts`."""
    found = [counts.pop(alias) for alias in aliases if alias in counts]
    return found[0] if found else None


def cost(span: Span) -> dict[str, float] | None:
    """Costs in USD by usage type; `None` when the span tells none."""
    if gen_ai.operation(span) in gen_ai.WITHOUT_USAGE:
        return None
    amounts = {key: number(value) for key, value in _said_cost(span).items()}
    costs = {key: float(value) for key, value in amounts.items() if value is not None}
    return {key: value for key, value in costs.items() if value >= 0} or None


def _said_cost(span: Span) -> dict[str, Any]:
    said = _own_words(span.attributes, _COST_DETAILS)
    if said is not None:
        return said
    for name in (_COST, "llm.cost.total"):
        value = span.attributes.get(name)
        if value is not None and value != "":
            return {"total": value}
    return {}
