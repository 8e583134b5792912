"""Input and output of a span (contract/otel.md 9): the first convention that finds one of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from collector.ingest.mapping import (
    adk,
    flue,
    gen_ai,
    genkit,
    langfuse,
    livekit,
    message_events,
    mlflow,
    openinference,
    openllmetry,
    pydantic,
    vercel,
)
from collector.ingest.mapping.payload import Payload
from collector.ingest.otlp_span import Span, SpanEvent

# Scopes whose convention has the last word, even when it finds nothing.
CLOSED_SCOPES: Final[dict[str, Callable[[Span], Payload | None]]] = {
    genkit.SCOPE: genkit.payload,
    vercel.SCOPE: vercel.payload,
}
EVENT_RULES: Final[tuple[Callable[[Span], Payload | None], ...]] = (
    message_events.details,
    message_events.messages,
)
RULES: Final[tuple[Callable[[Span], Payload | None], ...]] = (
    adk.payload,
    pydantic.prompt,
    livekit.payload,
    pydantic.events,
    mlflow.payload,
    openllmetry.entity,
    openinference.payload,
    pydantic.plain,
    pydantic.agent,
    pydantic.tool,
    openllmetry.messages,
    openinference.messages,
    gen_ai.payload,
)


def payload(span: Span) -> Payload:
    """Both sides, as they were found: texts, or what JSON holds."""
    given = langfuse.payload(span)
    if given is not None:
        return given
    if span.scope.name in CLOSED_SCOPES:
        return CLOSED_SCOPES[span.scope.name](span) or Payload()
    return flue.payload(span) or _of_events(span) or _first(span, RULES)


def _of_events(span: Span) -> Payload | None:
    if not span.events:
        return None
    given = _first(span, EVENT_RULES)
    if given != Payload():
        return given
    prompt, completion = message_events.legacy(span)
    if prompt is None and completion is None:
        return None
    return Payload(_of_legacy(span, prompt).input, _of_legacy(span, completion).output)


def _of_legacy(span: Span, event: SpanEvent | None) -> Payload:
    """The event's attributes read as a span's; as they are when no convention knows them."""
    if event is None:
        return Payload()
    given = payload(replace(span, attributes=event.attributes, events=[]))
    whole: Any = event.attributes
    return Payload(
        whole if given.input is None else given.input,
        whole if given.output is None else given.output,
    )


def _first(span: Span, rules: tuple[Callable[[Span], Payload | None], ...]) -> Payload:
    for rule in rules:
        given = rule(span)
        if given is not None:
            return given
    return Payload()
