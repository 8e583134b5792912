"""Langfuse's own attributes: what its SDKs say, and say before every other convention."""

from typing import Any, Final

from collector.ingest.mapping.attributes import first_present, parsed
from collector.ingest.mapping.payload import Payload
from collector.ingest.otlp_span import Attributes, Span

SCOPE: Final = "langfuse-sdk"

TYPES: Final = {
    "span": "SPAN",
    "generation": "GENERATION",
    "event": "EVENT",
    "embedding": "EMBEDDING",
    "agent": "AGENT",
    "tool": "TOOL",
    "chain": "CHAIN",
    "retriever": "RETRIEVER",
    "guardrail": "GUARDRAIL",
    "evaluator": "EVALUATOR",
}
LEVELS: Final = {
    **dict.fromkeys(("DEBUG", "TRACE", "VERBOSE"), "DEBUG"),
    **dict.fromkeys(("DEFAULT", "INFO", "LOG", "NOTICE", "OK", "SUCCESS"), "DEFAULT"),
    **dict.fromkeys(("WARNING", "WARN"), "WARNING"),
    **dict.fromkeys(("ERROR", "FATAL", "CRITICAL"), "ERROR"),
}
CARRIERS: Final = (
    "langfuse.observation.input",
    "langfuse.observation.output",
    "langfuse.trace.input",
    "langfuse.trace.output",
)
METADATA_PREFIXES: Final = (
    "langfuse.observation.metadata",
    "langfuse.trace.metadata",
    "langfuse.metadata",
)
CARRIER_PREFIXES: Final = METADATA_PREFIXES[:2]

_GENERATION_FIELDS = (
    "model.name",
    *("cost_details", "usage_details", "completion_start_time", "model.parameters"),
    *("prompt.name", "prompt.version"),
)
_LAST_UNTYPED_VERSION = (3, 3)
_QUOTING_MAJOR = 5


def generation_typed_span(span: Span) -> str | None:
    """Python SDKs up to 3.3 called their generations spans."""
    if span.attributes.get("langfuse.observation.type") != "span" or span.scope.name != SCOPE:
        return None
    if span.resource.get("telemetry.sdk.language") != "python" or not _is_untyped(span):
        return None
    names = (f"langfuse.observation.{field}" for field in _GENERATION_FIELDS)
    return "GENERATION" if any(name in span.attributes for name in names) else None


def _is_untyped(span: Span) -> bool:
    return not span.scope.version or version_of(span.scope.version) <= _LAST_UNTYPED_VERSION


def version_of(text: str) -> tuple[int, int]:
    """Major and minor number; (0, 0) when the text has none."""
    numbers = [part for part in text.split(".")[:2] if part.isascii() and part.isdigit()]
    if len(numbers) != 2 or max(map(len, numbers)) > 6:
        return (0, 0)
    return int(numbers[0]), int(numbers[1])


def observation_type(span: Span) -> str | None:
    return TYPES.get(_hashable(span.attributes.get("langfuse.observation.type")))


def _hashable(value: Any) -> str:
    return value if isinstance(value, str) else ""


def level(span: Span) -> str | None:
    """The level the span names; `None` when it names none that is known."""
    name = span.attributes.get("langfuse.observation.level")
    return LEVELS.get(name.strip().upper()) if isinstance(name, str) else None


def payload(span: Span) -> Payload | None:
    """An empty text counts: the SDK has spoken, nobody else is asked."""
    given = Payload(
        span.attributes.get("langfuse.observation.input"),
        span.attributes.get("langfuse.observation.output"),
    )
    return None if given.input is None and given.output is None else given


def prompt(span: Span) -> tuple[Any, Any]:
    """Name and version, wherever one of the two spellings has them."""
    return (
        first_present(
            span.attributes, ("langfuse.observation.prompt.name", "langfuse.prompt.name")
        ),
        first_present(
            span.attributes, ("langfuse.observation.prompt.version", "langfuse.prompt.version")
        ),
    )


def quotes_metadata(sdk_name: str, sdk_version: str) -> bool:
    """Whether this SDK writes each metadata value as JSON, texts included: Python from 5 on."""
    major = sdk_version.split(".", 1)[0]
    return sdk_name == "python" and major.isascii() and major.isdigit() and _is_quoting(major)


def _is_quoting(major: str) -> bool:
    return len(major) < 6 and int(major) >= _QUOTING_MAJOR


def scope_quotes_metadata(scope_name: str, scope_version: str, resource: Attributes) -> bool:
    """The same, told by the scope of one of the request's spans."""
    language = resource.get("telemetry.sdk.language")
    return scope_name == SCOPE and quotes_metadata(str(language), scope_version)


def unquote_metadata(values: Attributes) -> None:
    """Put the values themselves where an SDK put their JSON."""
    for name, value in values.items():
        if isinstance(value, str) and name.startswith(METADATA_PREFIXES):
            values[name] = parsed(value)
