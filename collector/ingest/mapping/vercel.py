"""Vercel AI SDK: scope `ai`, attributes `ai.*` beside `gen_ai.*`."""

import math
from typing import Any, Final

from collector.ingest.mapping import gen_ai
from collector.ingest.mapping.attributes import as_text, first_present, parsed_object
from collector.ingest.mapping.counting import leading_integer
from collector.ingest.mapping.payload import Payload
from collector.ingest.otlp_span import Attributes, Span
from collector.records.payload import json_text

SCOPE: Final = "ai"
GENERATIONS: Final = (
    "ai.generateText.doGenerate",
    "ai.streamText.doStream",
    "ai.generateObject.doGenerate",
    "ai.streamObject.doStream",
)
EMBEDDINGS: Final = ("ai.embed.doEmbed", "ai.embedMany.doEmbed")
_TOOL_CALL = "ai.toolCall"
_MODELS = (
    "langfuse.observation.model.name",
    "ai.model.id",
    "gen_ai.request.model",
    "gen_ai.response.model",
)
_INPUTS = ("ai.prompt.messages", "ai.prompt", "ai.toolCall.args")
_OUTPUTS = (
    *("ai.result.text", "ai.toolCall.result", "ai.response.object", "ai.result.object"),
    *("ai.response.toolCalls", "ai.result.toolCalls"),
)
CARRIERS: Final = (*_INPUTS, *_OUTPUTS, "ai.response.text")
CARRIER_PREFIXES: Final = ("ai.telemetry.metadata",)
METADATA_PREFIX: Final = "ai.telemetry.metadata."
# These say something of their own, so they are no metadata.
METADATA_TAKEN: Final = frozenset({"userId", "sessionId", "tags", "langfusePrompt"})

_PARAMETERS = {
    "maxSteps": ("ai.settings.maxSteps",),
    "toolChoice": ("ai.prompt.toolChoice",),
    "maxTokens": ("gen_ai.request.max_tokens",),
    "finishReason": ("gen_ai.response.finish_reasons", "gen_ai.finishReason"),
    "system": ("gen_ai.system", "ai.model.provider"),
    "maxRetries": ("ai.settings.maxRetries",),
    "mode": ("ai.settings.mode",),
    "temperature": ("gen_ai.request.temperature",),
}
# (provider, its usage object or "" for the provider's own) -> key there -> usage type.
_PROVIDER_USAGE = {
    ("openai", ""): {
        "cachedPromptTokens": "input_cached_tokens",
        "acceptedPredictionTokens": "accepted_prediction_tokens",
        "rejectedPredictionTokens": "rejected_prediction_tokens",
        "reasoningTokens": "output_reasoning_tokens",
    },
    ("anthropic", "usage"): {
        "cache_creation_input_tokens": "input_cache_creation",
        "cache_read_input_tokens": "input_cached_tokens",
    },
    ("bedrock", "usage"): {
        "cacheReadInputTokens": "input_cache_read",
        "cacheWriteInputTokens": "input_cache_write",
        "cacheCreationInputTokens": "input_cache_creation",
    },
}
_CACHE_LIFETIMES = {
    "ephemeral_5m_input_tokens": "input_cache_creation_5m",
    "ephemeral_1h_input_tokens": "input_cache_creation_1h",
}
_PART_OF_INPUT = (
    *("input_cached_tokens", "input_cache_creation", "input_cache_read"),
    *_CACHE_LIFETIMES.values(),
)


def model_call_type(span: Span) -> str | None:
    """The inner spans that call the model; the outer ones repeat their numbers."""
    if not any(span.attributes.get(name) for name in _MODELS):
        return None
    if _is_operation(span, GENERATIONS):
        return "GENERATION"
    return "EMBEDDING" if _is_operation(span, EMBEDDINGS) else None


def tool_type(span: Span) -> str | None:
    return "TOOL" if _is_operation(span, (_TOOL_CALL,)) else None


def _is_operation(span: Span, operations: tuple[str, ...]) -> bool:
    name = span.attributes.get("operation.name")
    if isinstance(name, str) and name.startswith(operations):
        return True
    return span.attributes.get("ai.operationId") in operations


def name(span: Span) -> str | None:
    operation = span.attributes.get("ai.operationId")
    if operation is None:
        return None
    function = span.attributes.get("ai.telemetry.functionId")
    return f"{as_text(function)}:{as_text(operation)}" if function else as_text(operation)


def payload(span: Span) -> Payload | None:
    values = span.attributes
    given = first_present(values, _INPUTS)
    made = _output(values)
    if given is None or made is None:
        fallback = gen_ai.messages(values) or Payload()
        given = fallback.input if given is None else given
        made = fallback.output if made is None else made
    return Payload(given, made)


def _output(values: Attributes) -> Any:
    text, calls = values.get("ai.response.text"), values.get("ai.response.toolCalls")
    if text is not None and calls is not None:
        return json_text({"role": "assistant", "content": text, "tool_calls": calls})
    return text or first_present(values, _OUTPUTS)


def parameters(span: Span) -> dict[str, Any]:
    """A fixed map of texts; what the span does not say is null."""
    values = span.attributes
    known = {key: first_present(values, names) for key, names in _PARAMETERS.items()}
    openai = _provider(values).get("openai")
    tier = openai.get("serviceTier") if isinstance(openai, dict) else None
    known["service_tier"] = tier or values.get("gen_ai.request.service_tier")
    return {key: _parameter(value) for key, value in known.items()}


def _parameter(value: Any) -> str | None:
    if isinstance(value, list):
        return ",".join(as_text(item) for item in value)
    return None if value is None else as_text(value)


def _provider(values: Attributes) -> dict[str, Any]:
    return parsed_object(values.get("ai.response.providerMetadata")) or {}


def usage(span: Span) -> dict[str, int]:
    """Net input and output, 0 when unknown, and the parts that the provider tells."""
    values = span.attributes
    counts = {
        "input": _count(values, "gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens"),
        "output": _count(values, "gen_ai.usage.completion_tokens", "gen_ai.usage.output_tokens"),
        "total": _count(values, "ai.usage.tokens"),
        "input_cached_tokens": _count(values, "ai.usage.cachedInputTokens"),
        "output_reasoning_tokens": _count(values, "ai.usage.reasoningTokens"),
    }
    known = {key: count for key, count in counts.items() if count is not None}
    for key, count in _provider_counts(_provider(values)).items():
        known.setdefault(key, count)
    parts = sum(known.get(key, 0) for key in _PART_OF_INPUT)
    known["input"] = max(known.get("input", 0) - parts, 0)
    reasoning = known.get("output_reasoning_tokens", 0)
    known["output"] = max(known.get("output", 0) - reasoning, 0)
    return known


def _count(values: Attributes, *names: str) -> int | None:
    for name_ in names:
        count = leading_integer(values.get(name_))
        if count is not None:
            return count
    return None


def _provider_counts(provider: dict[str, Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for (name_, part), keys in _PROVIDER_USAGE.items():
        said = provider.get(name_)
        said = said.get(part) if part and isinstance(said, dict) else said
        if isinstance(said, dict):
            counts |= _renamed(said, keys)
            counts = _by_lifetime(counts, said.get("cache_creation"))
    return counts


def _by_lifetime(counts: dict[str, int], lifetimes: Any) -> dict[str, int]:
    if not isinstance(lifetimes, dict):
        return counts
    by_lifetime = _renamed(lifetimes, _CACHE_LIFETIMES)
    rest = counts.get("input_cache_creation", 0) - sum(by_lifetime.values())
    return counts | by_lifetime | {"input_cache_creation": max(rest, 0)}


def _renamed(said: dict[str, Any], keys: dict[str, str]) -> dict[str, int]:
    counts = ((renamed, leading_integer(said.get(key))) for key, renamed in keys.items())
    return {renamed: count for renamed, count in counts if count is not None}


def first_chunk_ms(span: Span) -> int | None:
    """Milliseconds from the start to the first chunk, rounded up."""
    names = ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk")
    value = first_present(span.attributes, names)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**40:
        return None
    return math.ceil(value)


def prompt(span: Span) -> tuple[Any, Any]:
    """Name and version of the Langfuse prompt that the caller linked."""
    linked = parsed_object(span.attributes.get("ai.telemetry.metadata.langfusePrompt")) or {}
    return linked.get("name"), linked.get("version")
