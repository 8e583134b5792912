"""OpenInference: Phoenix, LlamaIndex, CrewAI, SmolAgents, Agno and others."""

from typing import Any, Final

from collector.ingest.mapping.payload import Payload, found
from collector.ingest.mapping.rebuilding import rebuilt
from collector.ingest.otlp_span import Span

TYPES: Final = {
    "CHAIN": "CHAIN",
    "RETRIEVER": "RETRIEVER",
    "EMBEDDING": "EMBEDDING",
    "AGENT": "AGENT",
    "TOOL": "TOOL",
    "GUARDRAIL": "GUARDRAIL",
    "EVALUATOR": "EVALUATOR",
    "LLM": "GENERATION",
}
CARRIERS: Final = ("input.value", "output.value")
CARRIER_PREFIXES: Final = ("llm.input_messages", "llm.output_messages")


def observation_type(span: Span) -> str | None:
    kind = span.attributes.get("openinference.span.kind")
    return TYPES.get(kind) if isinstance(kind, str) else None


def payload(span: Span) -> Payload | None:
    return found(span.attributes.get("input.value"), span.attributes.get("output.value"))


def messages(span: Span) -> Payload | None:
    """Messages spread over attributes; a side without any is an empty object."""
    values: dict[str, Any] = span.attributes
    if not any(name.startswith(CARRIER_PREFIXES) for name in values):
        return None
    return Payload(*(rebuilt(values, prefix) for prefix in CARRIER_PREFIXES))
