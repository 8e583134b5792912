"""What kind of observation a span is (contract/otel.md 4): the first rule that knows."""

from collections.abc import Callable
from typing import Final

from collector.ingest.mapping import (
    flue,
    gen_ai,
    genkit,
    langfuse,
    livekit,
    openinference,
    vercel,
)
from collector.ingest.otlp_span import Span

RULES: Final[tuple[Callable[[Span], str | None], ...]] = (
    langfuse.generation_typed_span,
    langfuse.observation_type,
    openinference.observation_type,
    gen_ai.observation_type,
    genkit.observation_type,
    vercel.model_call_type,
    vercel.tool_type,
    gen_ai.tool_type,
    flue.observation_type,
    livekit.observation_type,
)
_MODELS: Final = (
    "langfuse.observation.model.name",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "llm.model_name",
    "model",
)


def observation_type(span: Span) -> str:
    """A type of Langfuse; SPAN when no rule knows."""
    for rule in RULES:
        kind = rule(span)
        if kind is not None:
            return kind
    return "GENERATION" if any(span.attributes.get(name) for name in _MODELS) else "SPAN"
