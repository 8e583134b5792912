"""Messages as events of a span: older OpenTelemetry conventions, Strands, Semantic Kernel."""

from typing import Any, Final

from collector.ingest.mapping import gen_ai
from collector.ingest.mapping.payload import Payload, found
from collector.ingest.otlp_span import Span, SpanEvent

ROLES: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CHOICE = "gen_ai.choice"
_DETAILS = "gen_ai.client.inference.operation.details"
LEGACY_PROMPT: Final = "gen_ai.content.prompt"
LEGACY_COMPLETION: Final = "gen_ai.content.completion"


def details(span: Span) -> Payload | None:
    for event in span.events:
        if event.name == _DETAILS:
            given = gen_ai.messages(event.attributes)
            if given is not None:
                return given
    return None


def messages(span: Span) -> Payload | None:
    given = [
        {"role": ROLES[event.name], **event.attributes}
        for event in span.events
        if event.name in ROLES
    ]
    choices = [event.attributes for event in span.events if event.name == _CHOICE]
    return found(given or None, choices[0] if len(choices) == 1 else choices or None)


def legacy(span: Span) -> tuple[SpanEvent | None, SpanEvent | None]:
    """The events that hold prompt and completion in Semantic Kernel's older form."""
    first: dict[str, Any] = {}
    for event in span.events:
        first.setdefault(event.name, event)
    return first.get(LEGACY_PROMPT), first.get(LEGACY_COMPLETION)
