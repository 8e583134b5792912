"""Pydantic AI and Logfire."""

from typing import Final

from collector.ingest.mapping.attributes import parsed_list
from collector.ingest.mapping.gen_ai import with_instructions
from collector.ingest.mapping.payload import Payload, found
from collector.ingest.otlp_span import Span

SCOPE: Final = "pydantic-ai"
CARRIERS: Final = (
    *("prompt", "all_messages_events", "events"),
    *("input", "output", "pydantic_ai.all_messages", "final_result"),
)
_CHOICE = "gen_ai.choice"


def prompt(span: Span) -> Payload | None:
    return found(span.attributes.get("prompt"), span.attributes.get("all_messages_events"))


def events(span: Span) -> Payload | None:
    """One list for both directions: the first choice is the output, the messages the input."""
    entries = [
        entry
        for entry in parsed_list(span.attributes.get("events")) or ()
        if isinstance(entry, dict)
    ]
    given = [entry for entry in entries if entry.get("event.name") != _CHOICE]
    choices = [entry for entry in entries if entry.get("event.name") == _CHOICE]
    return found(given or None, choices[0] if choices else None)


def plain(span: Span) -> Payload | None:
    return found(span.attributes.get("input"), span.attributes.get("output"))


def agent(span: Span) -> Payload | None:
    if span.scope.name != SCOPE:
        return None
    messages = with_instructions(span.attributes.get("pydantic_ai.all_messages"), span.attributes)
    return found(messages, span.attributes.get("final_result"))


def tool(span: Span) -> Payload | None:
    return found(span.attributes.get("tool_arguments"), span.attributes.get("tool_response"))
