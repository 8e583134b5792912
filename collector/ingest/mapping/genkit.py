"""Genkit: everything in two JSON texts, input and output."""

from typing import Any, Final

from collector.ingest.mapping.attributes import parsed, parsed_object
from collector.ingest.mapping.counting import leading_integer
from collector.ingest.mapping.payload import Payload
from collector.ingest.otlp_span import Span

SCOPE: Final = "genkit-tracer"
TYPES: Final = {
    "model": "GENERATION",
    "background-model": "GENERATION",
    "embedder": "EMBEDDING",
    "tool": "TOOL",
    "tool.v2": "TOOL",
    "retriever": "RETRIEVER",
    "evaluator": "EVALUATOR",
}
CARRIERS: Final = ("genkit:input", "genkit:output")


def subtype(span: Span) -> str:
    name = span.attributes.get("genkit:metadata:subtype")
    return name if isinstance(name, str) else ""


def observation_type(span: Span) -> str | None:
    return TYPES.get(subtype(span))


def payload(span: Span) -> Payload:
    return Payload(
        _part(parsed(span.attributes.get("genkit:input")), "messages"),
        _part(parsed(span.attributes.get("genkit:output")), "message"),
    )


def _part(value: Any, key: str) -> Any:
    return value[key] if isinstance(value, dict) and value.get(key) is not None else value


def parameters(span: Span) -> dict[str, Any] | None:
    config = _input(span).get("config")
    if not isinstance(config, dict):
        request = _output(span).get("request")
        config = request.get("config") if isinstance(request, dict) else None
    return config if isinstance(config, dict) else None


def usage(span: Span) -> dict[str, int] | None:
    """`None` when the output tells no usage."""
    said = _output(span).get("usage")
    if not isinstance(said, dict):
        return None
    thoughts = leading_integer(said.get("thoughtsTokens")) or 0
    counts = {
        "input": leading_integer(said.get("inputTokens")),
        "output": max((leading_integer(said.get("outputTokens")) or 0) - thoughts, 0),
        "total": leading_integer(said.get("totalTokens")),
        "output_reasoning": thoughts,
    }
    return {key: count for key, count in counts.items() if count}


def _input(span: Span) -> dict[str, Any]:
    return parsed_object(span.attributes.get("genkit:input")) or {}


def _output(span: Span) -> dict[str, Any]:
    return parsed_object(span.attributes.get("genkit:output")) or {}
